import type { Method, Options } from "../../src/method.ts";
import { judgeWindow } from "../../src/methods.ts";

/** The defaults of every option. */
export const noOptions: Options = {
  threshold: 0,
  sensitivity: 0,
  sampleIntervalMs: 0,
  direction: "both",
  minDeviation: 0,
  minRelativeDeviation: 0,
};

/** Positions of the outliers by a method; a threshold of 0 is its default. */
export const outliersOf = (method: Method, values: Float64Array, threshold = 0): number[] =>
  judgeWindow(method, values, { ...noOptions, threshold }).outliers;
