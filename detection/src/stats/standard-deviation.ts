import { mean } from "./mean.ts";

/** Filled by each call anew: memory of its own would cost as much as all the rest. */
let squares = new Float64Array(1024);

/**
 * Population standard deviation about a known mean, the root of the mean squared deviation, as
 * `numpy.std` computes it; NaN for no values.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.std.html
 */
export function standardDeviation(values: Float64Array, center: number): number {
  const { length } = values;
  if (length > squares.length) squares = new Float64Array(2 * length);
  // Not map(): its callback costs more than all the rest.
  for (let index = 0; index < length; index++) {
    const deviation = (values[index] ?? 0) - center;
    squares[index] = deviation * deviation;
  }
  return Math.sqrt(mean(squares.subarray(0, length)));
}
