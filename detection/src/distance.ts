import { counts, type Judgement, type Options, type State, scoreOf } from "./method.ts";

/** A centre, and how far from it a value may lie, as a multiple of a spread. */
export type Distance = {
  center: number;
  spread: number;
  threshold: number;
  /** Names the centre and the spread for people. */
  describe: (multiple: string) => string;
};

/**
 * A window judged by the distance from a centre: over threshold · spread is an outlier. A class, as
 * most calls ask for the outliers alone, and closures for the rest would cost more than those.
 */
export class DistanceJudgement implements Judgement {
  readonly outliers: number[] = [];
  readonly #values: Float64Array;
  readonly #distance: Distance;
  readonly #options: Options;
  /** NaN when nothing can be said, and then nothing is an outlier. */
  readonly #limit: number;

  constructor(values: Float64Array, distance: Distance, options: Options) {
    this.#values = values;
    this.#distance = distance;
    this.#options = options;
    const { center, threshold, spread } = distance;
    const limit = threshold * spread;
    this.#limit = limit;
    for (let position = 0; position < values.length; position++) {
      const value = values[position] ?? center;
      if (isOutlier(value, center, limit, options)) this.outliers.push(position);
    }
  }

  get state(): State {
    const values = this.#values;
    if (values.length < 2) return "warming_up";
    return values.every((value) => value === values[0]) ? "constant" : "ready";
  }

  score(position: number): number {
    const { center } = this.#distance;
    const value = this.#valueAt(position);
    const limit = this.#limit;
    return scoreOf(
      Math.abs(value - center) / limit,
      isOutlier(value, center, limit, this.#options),
    );
  }

  expected(): number {
    return this.#distance.center;
  }

  lower(): number {
    return this.#distance.center - this.#limit;
  }

  upper(): number {
    return this.#distance.center + this.#limit;
  }

  reason(position: number): string {
    const { center, spread, describe } = this.#distance;
    const distance = Math.abs(this.#valueAt(position) - center) / spread;
    return describe(Number.isFinite(distance) ? distance.toPrecision(3) : "any number of");
  }

  #valueAt(position: number): number {
    return this.#values[position] ?? this.#distance.center;
  }
}

function isOutlier(value: number, center: number, limit: number, options: Options): boolean {
  return Math.abs(value - center) > limit && counts(value, center, options);
}
