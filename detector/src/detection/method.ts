/** A rule that tells the outliers of a series from the rest. */
export type Method = {
  /** Its name in settings, logs and metrics. */
  name: string;
  /** The threshold when none is asked for, in the method's own unit. */
  defaultThreshold: number;
  /**
   * Positions of the outliers, ascending.
   * @param values a series in order of time, each value finite
   * @param threshold positive and finite
   */
  detect(values: Float64Array, threshold: number): number[];
};

/** Positions at which a predicate holds, ascending. */
export function positionsWhere(
  values: Float64Array,
  isOutlier: (value: number) => boolean,
): number[] {
  const positions: number[] = [];
  for (const [position, value] of values.entries()) if (isOutlier(value)) positions.push(position);
  return positions;
}
