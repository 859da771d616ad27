/** How to judge; 0 asks for the method's default. Each method takes what it knows. */
export type Options = { threshold: number; sensitivity: number; sampleIntervalMs: number };

/** The verdicts on the values of a series, by their positions. */
export type Judgement = {
  /** Positions of the outliers, ascending. */
  outliers: number[];
  /** Above 1 for an outlier, at most 1 for any other value. */
  score(position: number): number;
  /** The least and the greatest value that would be expected there. */
  lower(position: number): number;
  upper(position: number): number;
};

/** A rule that tells the outliers of a series from the rest. */
export type Method = {
  /** Its name in settings, logs and metrics. */
  name: string;
  /** @param values a series in order of time, each value finite */
  judge(values: Float64Array, options: Options): Judgement;
};

/**
 * Judges by the distance from a centre: over the limit is an outlier.
 * @param limit at least 0; NaN when nothing can be said, and then nothing is an outlier
 */
export function judgeByDistance(values: Float64Array, center: number, limit: number): Judgement {
  const isOutlier = (value: number): boolean => Math.abs(value - center) > limit;
  const outliers: number[] = [];
  for (const [position, value] of values.entries()) if (isOutlier(value)) outliers.push(position);
  return {
    outliers,
    score(position) {
      const value = values[position] ?? center;
      // The quotient may round to the other side of 1; 0 / 0 is a value at the centre.
      const score = Math.abs(value - center) / limit || 0;
      return isOutlier(value) ? Math.max(score, 1 + Number.EPSILON) : Math.min(score, 1);
    },
    lower: () => center - limit,
    upper: () => center + limit,
  };
}
