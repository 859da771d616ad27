/**
 * Tells of series that are too short for a verdict.
 * @param samples of each series
 * @param warmUp how many samples of each get no verdict
 * @returns empty when there are none
 */
export function unjudged(samples: readonly number[], warmUp: number): string {
  const short = samples.filter((count) => count <= warmUp).length;
  if (short === 0) return "";
  return `not judged: ${short} of ${samples.length} series, as the first ${warmUp} samples of each are its warm-up`;
}
