import { sum } from "./sum.ts";

/** Arithmetic mean; NaN for no values. @see https://en.wikipedia.org/wiki/Arithmetic_mean */
export function mean(values: Float64Array): number {
  return sum(values) / values.length;
}
