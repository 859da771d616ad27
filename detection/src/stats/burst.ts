import { median } from "./median.ts";

/** In median absolute deviations from the median: four standard deviations of normal noise. */
const FAR = 6;
/** Of the greatest deviation: what is nearer to the median is a tail of the noise. */
const HIGH = 0.5;
/** Fewer values are a spike, as noise has them, unless one is beyond eight standard deviations. */
const LEAST_LENGTH = 3;
const EXTREME = 12;
/** High values with fewer others between them are of one burst. */
const APART = 10;

/** A run of values, from its first one up to but not including `end`. */
export type Burst = { first: number; end: number };

/**
 * The bursts among the values: the values farthest from the median, in a few runs, when the values
 * after the last run are near to the median again.
 * @param limits how many bursts there may be, and how many values in all of them: below half of the
 *   values, or they would be what is usual
 * @returns none when there are more bursts, or longer ones
 */
export function burstsOf(
  values: Float64Array,
  limits: { bursts: number; values: number },
): Burst[] {
  const center = median(values);
  const deviations = values.map((value) => Math.abs(value - center));
  const spread = median(deviations);
  const far = FAR * spread;
  const isFar = (at: number): boolean => (deviations[at] ?? 0) > far;
  const greatest = Math.max(...deviations);
  const bursts = runsOf(deviations, Math.max(far, HIGH * greatest));
  // The burst's rise and its fall.
  for (const burst of bursts) {
    while (isFar(burst.first - 1)) burst.first -= 1;
    while (isFar(burst.end)) burst.end += 1;
  }
  const total = bursts.reduce((sum, { first, end }) => sum + end - first, 0);
  const isExtreme = spread > 0 && greatest > EXTREME * spread;
  const areBursts =
    bursts.length <= limits.bursts &&
    total <= limits.values &&
    bursts.every(({ end }) => end < values.length) &&
    (isExtreme || bursts.every(({ first, end }) => end - first >= LEAST_LENGTH));
  return areBursts ? bursts : [];
}

function runsOf(deviations: Float64Array, high: number): Burst[] {
  const runs: Burst[] = [];
  for (const [at, deviation] of deviations.entries()) {
    if (deviation <= high) continue;
    const last = runs.at(-1);
    if (last && at - last.end < APART) last.end = at + 1;
    else runs.push({ first: at, end: at + 1 });
  }
  return runs;
}
