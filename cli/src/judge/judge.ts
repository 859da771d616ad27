import type { Direction, Options } from "@outliers/detection/method";
import type { Sample } from "../sample.ts";

type MethodName = "adaptive" | "sigma" | "mad";

/** How samples are to be judged, as the collector's settings of the same names say. */
export type Settings = {
  method: MethodName;
  sensitivity: number;
  direction: Direction;
  minDeviation: number;
  threshold: number;
  intervalMs: number;
};

/** A sample that was judged to be an outlier, and why. */
export type Flag = Sample & {
  score: number;
  expected: number;
  lower: number;
  upper: number;
  direction: "up" | "down";
  reason: string;
};

/** Judges samples as they come. */
export type Judge = {
  /**
   * Judges the next samples.
   * @returns those that are outliers, in order
   * @throws InputError when a detector can't be had
   */
  judge(samples: readonly Sample[]): Promise<Flag[]>;
  close(): void;
};

/** The settings as the detection's library takes them. */
export const optionsOf = ({ intervalMs, ...settings }: Settings): Options => ({
  threshold: settings.threshold,
  sensitivity: settings.sensitivity,
  direction: settings.direction,
  minDeviation: settings.minDeviation,
  minRelativeDeviation: 0,
  sampleIntervalMs: intervalMs,
});

export const directionOf = (value: number, expected: number): "up" | "down" =>
  value >= expected ? "up" : "down";
