import type { Method, Options } from "../../src/method.ts";

/** The defaults of every option. */
export const noOptions: Options = {
  threshold: 0,
  sensitivity: 0,
  sampleIntervalMs: 0,
  direction: "both",
  minDeviation: 0,
};

/** Positions of the outliers by a method; a threshold of 0 is its default. */
export const outliersOf = (method: Method, values: Float64Array, threshold = 0): number[] =>
  method.judge(values, { ...noOptions, threshold }).outliers;
