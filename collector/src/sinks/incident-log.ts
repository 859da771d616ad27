import type { Logger } from "@outliers/service/logger";
import type { Event, IncidentListener } from "./incidents.ts";

/** Logs when an incident begins and, with all its series, when it ends. */
export const incidentLog = (logger: Logger): IncidentListener => ({
  onEventBegins(incident, event) {
    const fields = { incident: incident.id, ...fieldsOf(event) };
    // One line per incident at info: the series that follow are listed when it ends.
    if (incident.events.length === 1) logger.info(fields, "incident began");
    else logger.debug(fields, "incident spread to another series");
  },
  onIncidentEnds({ id, sinceMs, untilMs, events }) {
    logger.info(
      {
        incident: id,
        since: iso(sinceMs),
        until: iso(untilMs),
        series: events.map((event) => ({ outliers: event.outliers, ...fieldsOf(event) })),
      },
      "incident ended",
    );
  },
});

/** Describes an event by its peak. */
function fieldsOf({ series, peak: { sample, verdict, direction, reason } }: Event) {
  const at = iso(sample.timeMs);
  return { series, sampledAt: at, value: sample.value, ...verdict, direction, reason };
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
