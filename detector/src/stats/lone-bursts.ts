/** In interquartile ranges: normal noise does not get there. */
const FAR = 3;

/**
 * Which values lie far from all that were seen at another time, as those of a single burst do:
 * farther than three interquartile ranges from each value that is more than `burst` positions away.
 * @returns for each position whether it is one
 */
export function loneBursts(values: Float64Array, burst: number): boolean[] {
  const sorted = values.toSorted();
  const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const far = FAR * (quantile(0.75) - quantile(0.25));
  return Array.from(values, (value, at) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let other = 0; other < values.length; other++) {
      if (Math.abs(other - at) <= burst) continue;
      nearest = Math.min(nearest, Math.abs(value - (values[other] ?? 0)));
    }
    return nearest > far;
  });
}
