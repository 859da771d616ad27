import type { Logger } from "@outliers/service/logger";
import type { Event, IncidentListener } from "./incidents.ts";

/** Logs when an incident begins, and what it was when it ends. */
export const incidentLog = (logger: Logger): IncidentListener => ({
  onEventBegins(incident, event) {
    const fields = { incident: incident.id, ...fieldsOf(event) };
    // One line for an incident that begins: the series that follow are in the line of its end.
    if (incident.events.length === 1) logger.info(fields, "incident begins");
    else logger.debug(fields, "incident spreads");
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

/** An event by its peak. */
function fieldsOf({ series, peak: { sample, verdict, direction, reason } }: Event) {
  const at = iso(sample.timeMs);
  return { series, sampledAt: at, value: sample.value, ...verdict, direction, reason };
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
