import type { EventPhase } from "@outliers/detection/event";
import type { State } from "@outliers/detection/method";
import type { Sample } from "./sample-buffer.ts";
import type { Series } from "./series.ts";

/**
 * The detector's verdict on a sample: a score above 1 makes it an outlier. NaN where a detector of
 * the first contract doesn't report a figure.
 */
export type Verdict = { score: number; expected: number; lower: number; upper: number };

/** A sample that is an outlier, and why. */
export type Outlier = {
  sample: Sample;
  verdict: Verdict;
  direction: "up" | "down";
  reason: string;
  /** Whether its event begins with it or continues. */
  phase: EventPhase;
};

/** The verdicts on consecutive samples of a series, in order of time: one per sample. */
export type Detected = {
  /** The sequence number of the first sample. */
  from: number;
  samples: readonly Sample[];
  verdicts: readonly Verdict[];
  outliers: readonly Outlier[];
  /** The state of the series after the last sample. */
  state: State;
  /** Whether an outlier at the next sample would continue the event. */
  isEventOpen: boolean;
};

/** Where samples and verdicts go. */
export type Sink = {
  /** Called for every sample when it is taken, before its verdict. */
  onSample?(series: Series): void;
  /** Called with verdicts. @param nowMs when they arrived */
  onVerdicts(series: Series, detected: Detected, nowMs: number): void;
};
