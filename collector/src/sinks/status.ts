import type { State } from "@outliers/detection/method";
import type { Series } from "../series.ts";
import type { Detected, Outlier, Sink, Verdict } from "../sink.ts";

export const STATES: readonly State[] = ["warming_up", "constant", "ready"];

/** What `/metrics` shows of one series beside its newest sample. */
export type Status = {
  state: State;
  /** Undefined before the first one. */
  verdict: Verdict | undefined;
  /** How many outliers there were since the start, and how many events. */
  outliers: number;
  events: number;
  lastOutlier: Outlier | undefined;
  /** When the verdict on the last outlier came. */
  lastOutlierDetectedAtMs: number;
  /** When the first outlier of the last event was sampled. */
  eventSinceMs: number;
  /** When the last verdicts came; before them, when the first sample was taken. */
  verdictsAtMs: number;
  /** Time without verdicts, up to then. */
  unmonitoredMs: number;
};

/** The newest findings in each series, by its id: they outlive a break of its samples. */
export class Statuses implements Sink {
  readonly #statuses = new Map<string, Status>();
  readonly #detectIntervalMs: number;

  /** @param detectIntervalMs verdicts are due no sooner than that after the last ones */
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

  /** Time without verdicts since the start: waits of more than twice what is due. */
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
