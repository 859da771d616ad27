import type { EventPhase } from "@outliers/detection/event";
import type { State } from "@outliers/detection/method";
import type { Sample } from "./sample-buffer.ts";
import type { Series } from "./series.ts";

/**
 * What the detector says of a sample: a score above 1 is an outlier's. NaN stands for what a
 * detector of the first contract does not say.
 */
export type Verdict = { score: number; expected: number; lower: number; upper: number };

/** A sample that does not belong, and why. */
export type Outlier = {
  sample: Sample;
  verdict: Verdict;
  direction: "up" | "down";
  reason: string;
  /** Where it is in its event. */
  phase: EventPhase;
};

/** The verdicts on consecutive samples of a series, in order of time. Each sample gets one. */
export type Detected = {
  /** The sequence number of the first sample. */
  from: number;
  samples: readonly Sample[];
  verdicts: readonly Verdict[];
  outliers: readonly Outlier[];
  /** Of the series after the last sample. */
  state: State;
  /** Whether an outlier at the next sample would continue an event. */
  isEventOpen: boolean;
};

/** Where samples and verdicts go. */
export type Sink = {
  /** Takes a new sample, before its verdict. */
  onSample?(series: Series): void;
  /** Takes verdicts. @param nowMs when they came */
  onVerdicts(series: Series, detected: Detected, nowMs: number): void;
};
