import type { State } from "@outliers/detection/method";
import { z } from "zod";
import type { Series } from "../series.ts";
import { type Detected, outlierSchema, type Sink, type Verdict, verdictSchema } from "../sink.ts";

/** Why a series gets no verdicts: it has no samples any more, or too few peers to be compared with. */
type Lack = "absent" | "alone";

/** What the detector says of a series, unless it gets no verdicts. */
type ShownState = State | Lack;

export const STATES: readonly ShownState[] = ["warming_up", "constant", "ready", "absent", "alone"];

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
  readonly #lacks = new Map<string, Lack>();
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
    return this.#lacks.get(series.id) === "absent";
  }

  /** Records that a series gets no verdicts, and why, or that it does. */
  setLack(series: Series, lack: Lack | undefined, nowMs: number): void {
    const before = this.#lacks.get(series.id);
    if (lack === before) return;
    if (lack === "absent") this.of(series).unmonitoredMs = this.unmonitoredMs(series, nowMs);
    if (before === "absent") this.watch(series, nowMs);
    if (lack) this.#lacks.set(series.id, lack);
    else this.#lacks.delete(series.id);
  }

  /** The last verdict, as long as the series gets any. */
  verdictOf(series: Series): Verdict | undefined {
    return this.#lacks.has(series.id) ? undefined : this.of(series).verdict;
  }

  /** The newest value, as long as the series gets verdicts. */
  valueOf(series: Series): number | undefined {
    return this.#lacks.has(series.id) ? undefined : series.newest.value;
  }

  /** Verdicts are due from now on. */
  watch(series: Series, nowMs: number): void {
    this.of(series).verdictsAtMs = nowMs;
  }

  stateOf(series: Series): ShownState {
    return this.#lacks.get(series.id) ?? this.of(series).state;
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
    this.#lacks.delete(series.id);
  }
}
