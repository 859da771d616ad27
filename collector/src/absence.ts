import type { Series } from "./series.ts";
import type { Detected } from "./sink.ts";
import type { Status } from "./sinks/status.ts";

/**
 * An outlier of a series without samples, for as long as it is absent.
 * @param untilMs until when there was none
 */
export function absenceOf(
  series: Series,
  { lastOutlier, state }: Status,
  untilMs: number,
): Detected {
  const { timeMs } = series.newest;
  const sinceMs = timeMs + series.description.intervalMs;
  const isNew = (lastOutlier?.sample.timeMs ?? 0) < sinceMs;
  const none = Number.NaN;
  return {
    from: series.samples.pushed,
    samples: [],
    verdicts: [],
    outliers: [
      {
        sample: { ...series.newest, timeMs: isNew ? sinceMs : untilMs },
        verdict: { score: none, expected: none, lower: none, upper: none },
        direction: "down",
        reason: `no sample since ${new Date(timeMs).toISOString()}: the series is absent`,
        phase: isNew ? "begins" : "continues",
      },
    ],
    state,
    isEventOpen: true,
  };
}
