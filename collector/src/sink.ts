import type { State } from "@outliers/detection/method";
import { z } from "zod";
import type { Sample } from "./sample-buffer.ts";
import type { Series } from "./series.ts";

export const sampleSchema = z.strictObject({
  timeMs: z.number(),
  value: z.number(),
  reference: z.number().optional(),
});

/** NaN where a detector of the first contract doesn't report a figure; JSON has null for it. */
const figure = z.preprocess((value) => value ?? Number.NaN, z.number().or(z.nan()));

/** The detector's verdict on a sample: a score above 1 makes it an outlier. */
export const verdictSchema = z.strictObject({
  score: figure,
  expected: figure,
  lower: figure,
  upper: figure,
});
export type Verdict = z.output<typeof verdictSchema>;

/** A sample that is an outlier, and why. */
export const outlierSchema = z.strictObject({
  sample: sampleSchema,
  verdict: verdictSchema,
  direction: z.enum(["up", "down"]),
  reason: z.string().max(1000),
  /** Whether its event begins with it or continues. */
  phase: z.enum(["begins", "continues"]),
});
export type Outlier = z.output<typeof outlierSchema>;

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
  /** Takes note of a new checkpoint of a series. */
  onCheckpoint?(series: Series): void;
};
