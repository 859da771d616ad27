import type { State } from "@outliers/detection/method";
import type { Series } from "../series.ts";
import type { Detected, Outlier, Sink, Verdict } from "../sink.ts";

export const STATES: readonly State[] = ["warming_up", "constant", "ready"];

/** What `/metrics` shows of a series, apart from its newest sample. */
export type Status = {
  state: State;
  /** The last one; undefined before the first. */
  verdict: Verdict | undefined;
  /** The number of outliers and of events since the start. */
  outliers: number;
  events: number;
  lastOutlier: Outlier | undefined;
  /** When the verdict on the last outlier arrived. */
  lastOutlierDetectedAtMs: number;
  /** When the first outlier of the last event was sampled. */
  eventSinceMs: number;
  /** When the last verdicts arrived; before the first, when the first sample was taken. */
  verdictsAtMs: number;
  /** Time without verdicts until then. */
  unmonitoredMs: number;
};

/** The status of each series by its id: it survives a gap in the samples. */
export class Statuses implements Sink {
  readonly #statuses = new Map<string, Status>();
  readonly #detectIntervalMs: number;

  /** @param detectIntervalMs the minimum time between two detections of a series */
  constructor(detectIntervalMs: number) {
    this.#detectIntervalMs = detectIntervalMs;
  }

  of(series: Series): Status {
    let status = this.#statuses.get(series.id);
    if (!status) {
      status = {
        state: "warming_up",
        verdict: undefined,
        outliers: 0,
        events: 0,
        lastOutlier: undefined,
        lastOutlierDetectedAtMs: Number.NEGATIVE_INFINITY,
        eventSinceMs: Number.NaN,
        verdictsAtMs: series.newest.timeMs,
        unmonitoredMs: 0,
      };
      this.#statuses.set(series.id, status);
    }
    return status;
  }

  onSample(series: Series): void {
    this.of(series);
  }

  onVerdicts(series: Series, { verdicts, outliers, state }: Detected, nowMs: number): void {
    const status = this.of(series);
    status.unmonitoredMs = this.unmonitoredMs(series, nowMs);
    status.verdictsAtMs = nowMs;
    status.verdict = verdicts.at(-1) ?? status.verdict;
    status.state = state;
    status.outliers += outliers.length;
    for (const { phase, sample } of outliers) {
      if (phase === "continues" && status.events > 0) continue;
      status.events += 1;
      status.eventSinceMs = sample.timeMs;
    }
    const last = outliers.at(-1);
    if (!last) return;
    status.lastOutlier = last;
    status.lastOutlierDetectedAtMs = nowMs;
  }

  /** Time without verdicts since the start: waits of more than twice the time they are due in. */
  unmonitoredMs(series: Series, nowMs: number): number {
    const { verdictsAtMs, unmonitoredMs } = this.of(series);
    const dueMs = Math.max(series.description.intervalMs, this.#detectIntervalMs);
    const waitedMs = nowMs - verdictsAtMs;
    return unmonitoredMs + (waitedMs > 2 * dueMs ? waitedMs - dueMs : 0);
  }

  /** Forgets a series. */
  forget(series: Series): void {
    this.#statuses.delete(series.id);
  }
}
