/**
 * The middle value, or the mean of the two middle ones; NaN for no values.
 * @see https://en.wikipedia.org/wiki/Median
 */
export function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[sorted.length / 2 - 1] ?? Number.NaN;
  // Half of each first: the sum of two huge values would overflow.
  return lower / 2 + upper / 2;
}
