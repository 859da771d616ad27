import type { Logger } from "@outliers/service/logger";
import type { Event, IncidentListener } from "./incidents.ts";

/** Says in the log when an incident begins, which series join it, and how it was when it ends. */
export const incidentLog = (logger: Logger): IncidentListener => ({
  onEventBegins(incident, event) {
    const message = incident.events.length === 1 ? "incident begins" : "incident spreads";
    logger.info({ incident: incident.id, ...fieldsOf(event) }, message);
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
