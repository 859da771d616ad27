import type { Method } from "../../src/detection/method.ts";

/** Positions of the outliers by a method; a threshold of 0 is its default. */
export const outliersOf = (method: Method, values: Float64Array, threshold = 0): number[] =>
  method.judge(values, { threshold, sensitivity: 0, sampleIntervalMs: 0 }).outliers;
