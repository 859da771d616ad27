import { counts, type Judgement, type Options, type State, scoreOf } from "./method.ts";

/** A centre, and how far from it a value may lie, as a multiple of a spread. */
export type Distance = {
  center: number;
  spread: number;
  threshold: number;
  /** Names the centre and the spread for people. */
  describe: (multiple: string) => string;
};

/** Judges a window by the distance from a centre: over threshold · spread is an outlier. */
export function judgeByDistance(
  values: Float64Array,
  { center, spread, threshold, describe }: Distance,
  options: Options,
): Judgement {
  // NaN when nothing can be said, and then nothing is an outlier.
  const limit = threshold * spread;
  const outliers: number[] = [];
  for (let position = 0; position < values.length; position++) {
    const value = values[position] ?? center;
    if (isOutlier(value, center, limit, options)) outliers.push(position);
  }
  const valueAt = (position: number): number => values[position] ?? center;
  return {
    outliers,
    get state() {
      return stateOf(values);
    },
    score(position) {
      const value = valueAt(position);
      return scoreOf(Math.abs(value - center) / limit, isOutlier(value, center, limit, options));
    },
    expected: () => center,
    lower: () => center - limit,
    upper: () => center + limit,
    reason(position) {
      const distance = Math.abs(valueAt(position) - center) / spread;
      return describe(Number.isFinite(distance) ? distance.toPrecision(3) : "any number of");
    },
  };
}

function isOutlier(value: number, center: number, limit: number, options: Options): boolean {
  return Math.abs(value - center) > limit && counts(value, center, options);
}

function stateOf(values: Float64Array): State {
  if (values.length < 2) return "warming_up";
  return values.every((value) => value === values[0]) ? "constant" : "ready";
}
