import { median } from "./median.ts";

/** In median absolute deviations from the median: four standard deviations of normal noise. */
const FAR = 6;
/** Of the greatest deviation: what is nearer to the median is a tail of the noise. */
const HIGH = 0.5;
/** Fewer values are a spike, as noise has them, unless one is beyond eight standard deviations. */
const LEAST_LENGTH = 3;
const EXTREME = 12;
/** Of the values from a burst's first to its last one. */
const LEAST_SHARE = 0.5;

/**
 * Where the only burst among the values is: the values farthest from the median, when they stand
 * close together and the values after them are near to it again.
 * @param greatestLength below half of the values, or the burst would be what is usual
 * @returns from its first value up to but not including `end`; undefined when there is no burst, or
 *   more than one
 */
export function burstOf(
  values: Float64Array,
  greatestLength: number,
): { first: number; end: number } | undefined {
  const center = median(values);
  const deviations = values.map((value) => Math.abs(value - center));
  const spread = median(deviations);
  const far = FAR * spread;
  const isFar = (at: number): boolean => (deviations[at] ?? 0) > far;
  const greatest = Math.max(...deviations);
  const high = Math.max(far, HIGH * greatest);
  const isHigh = (deviation: number): boolean => deviation > high;
  let first = deviations.findIndex(isHigh);
  let end = deviations.findLastIndex(isHigh) + 1;
  const isDense = deviations.filter(isHigh).length >= LEAST_SHARE * (end - first);
  // The burst's rise and its fall.
  while (isFar(first - 1)) first -= 1;
  while (isFar(end)) end += 1;
  const length = end - first;
  const isLong = length >= LEAST_LENGTH || (spread > 0 && greatest > EXTREME * spread);
  const isBurst = isDense && isLong && length > 0 && length <= greatestLength;
  return isBurst && end < values.length ? { first, end } : undefined;
}
