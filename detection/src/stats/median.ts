/**
 * The middle value, or the mean of the two middle ones; NaN for no values.
 * @see https://en.wikipedia.org/wiki/Median
 */
export function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[sorted.length / 2 - 1] ?? Number.NaN;
  const sum = lower + upper;
  // Half of each first only where the sum overflows: the half of a subnormal number loses a bit.
  return Number.isFinite(sum) ? sum / 2 : lower / 2 + upper / 2;
}
