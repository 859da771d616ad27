import { mean } from "./mean.ts";

/**
 * Population standard deviation about a known mean, the root of the mean squared deviation, as
 * `numpy.std` computes it; NaN for no values.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.std.html
 */
export function standardDeviation(values: Float64Array, center: number): number {
  return Math.sqrt(mean(values.map((value) => (value - center) * (value - center))));
}
