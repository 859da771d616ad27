import type { Direction, Options } from "@outliers/detection/method";
import { type MethodName, methodNames, methods } from "@outliers/detection/methods";
import type { Sample } from "../sample.ts";

/** How samples are scored, as the collector's settings of the same names say. */
export type Settings = {
  method: MethodName;
  sensitivity: number;
  direction: Direction;
  minDeviation: number;
  threshold: number;
  intervalMs: number;
};

/** A sample that does not belong, and why. */
export type Outlier = Sample & {
  score: number;
  expected: number;
  lower: number;
  upper: number;
  direction: "up" | "down";
  reason: string;
};

/** Scores samples as they come. */
export type Detector = {
  /**
   * Scores the next samples.
   * @returns those that are outliers, in order
   * @throws InputError when a remote detector gives no answer
   */
  detect(samples: readonly Sample[]): Promise<Outlier[]>;
  /** How many series are too short for a verdict so far. */
  warmingUp(): number;
  close(): void;
};

/** The settings as the detection library takes them. */
export const optionsOf = ({ intervalMs, ...settings }: Settings): Options => ({
  threshold: settings.threshold,
  sensitivity: settings.sensitivity,
  direction: settings.direction,
  minDeviation: settings.minDeviation,
  minRelativeDeviation: 0,
  sampleIntervalMs: intervalMs,
});

/** Methods that learn have a sensitivity; those that look at a window have a threshold. */
export const isStreaming = (method: MethodName): boolean => "start" in methods[method];
export const streamingNames = methodNames.filter(isStreaming);
export const windowNames = methodNames.filter((name) => !isStreaming(name));

export const directionOf = (value: number, expected: number): "up" | "down" =>
  value >= expected ? "up" : "down";
