import type { State } from "@outliers/detection/method";
import { z } from "zod";
import type { Series } from "../series.ts";
import { type Detected, outlierSchema, type Sink, verdictSchema } from "../sink.ts";

/** What the detector says of a series; absent if it has no samples any more. */
type ShownState = State | "absent";

export const STATES: readonly ShownState[] = ["warming_up", "constant", "ready", "absent"];

/** Minus infinity for a time that never was; JSON has null for it. */
const time = z.preprocess(
  (value) => value ?? Number.NEGATIVE_INFINITY,
  z.number().or(z.literal(Number.NEGATIVE_INFINITY)),
);

/** What `/metrics` shows of a series, apart from its newest sample; it survives a restart. */
export const statusSchema = z.strictObject({
  state: z.enum(["warming_up", "constant", "ready"]),
  /** The last one; undefined before the first. */
  verdict: verdictSchema.optional(),
  /** The number of outliers and of events so far. */
  outliers: z.int().min(0),
  events: z.int().min(0),
  lastOutlier: outlierSchema.optional(),
  /** When the verdict on the last outlier arrived. */
  lastOutlierDetectedAtMs: time,
  /** The first outlier of the last event. */
  eventBegan: outlierSchema.optional(),
  /** When the last verdicts arrived; before the first, when the first sample was taken. */
  verdictsAtMs: z.number(),
  /** Time without verdicts until then. */
  unmonitoredMs: z.number().min(0),
});

export type Status = z.output<typeof statusSchema>;

/** The status of each series by its id: it survives a gap in the samples. */
export class Statuses implements Sink {
  readonly #statuses = new Map<string, Status>();
  readonly #absent = new Set<string>();
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
        eventBegan: undefined,
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
    for (const outlier of outliers) {
      if (outlier.phase === "continues" && status.events > 0) continue;
      status.events += 1;
      status.eventBegan = outlier;
    }
    const last = outliers.at(-1);
    if (!last) return;
    status.lastOutlier = last;
    status.lastOutlierDetectedAtMs = nowMs;
  }

  /** A series without samples is not unmonitored: nothing is there to get a verdict. */
  isAbsent(series: Series): boolean {
    return this.#absent.has(series.id);
  }

  /** Records that a series has stopped, or is back. */
  setAbsent(series: Series, isAbsent: boolean, nowMs: number): void {
    if (isAbsent === this.isAbsent(series)) return;
    if (isAbsent) {
      this.of(series).unmonitoredMs = this.unmonitoredMs(series, nowMs);
      this.#absent.add(series.id);
    } else {
      this.#absent.delete(series.id);
      this.watch(series, nowMs);
    }
  }

  /** Verdicts are due from now on. */
  watch(series: Series, nowMs: number): void {
    this.of(series).verdictsAtMs = nowMs;
  }

  stateOf(series: Series): ShownState {
    return this.isAbsent(series) ? "absent" : this.of(series).state;
  }

  /** Time without verdicts since the start: waits of more than twice the time they are due in. */
  unmonitoredMs(series: Series, nowMs: number): number {
    const { verdictsAtMs, unmonitoredMs } = this.of(series);
    if (this.isAbsent(series)) return unmonitoredMs;
    const dueMs = Math.max(series.description.intervalMs, this.#detectIntervalMs);
    const waitedMs = nowMs - verdictsAtMs;
    return unmonitoredMs + (waitedMs > 2 * dueMs ? waitedMs - dueMs : 0);
  }

  /** Goes on from what was stored of a series. */
  restore(series: Series, status: Status): void {
    this.#statuses.set(series.id, status);
  }

  /** Forgets a series. */
  forget(series: Series): void {
    this.#statuses.delete(series.id);
    this.#absent.delete(series.id);
  }
}
