import { mean } from "./mean.ts";

/**
 * Population standard deviation about a known mean, the root of the mean squared deviation, as
 * `numpy.std` computes it; NaN for no values.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.std.html
 */
export function standardDeviation(values: Float64Array, center: number): number {
  const squares = new Float64Array(values.length);
  // Not map(): its callback costs more than all the rest.
  for (let index = 0; index < values.length; index++) {
    const deviation = (values[index] ?? 0) - center;
    squares[index] = deviation * deviation;
  }
  return Math.sqrt(mean(squares));
}
