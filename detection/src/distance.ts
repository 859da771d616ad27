import { counts, type Judgement, type Options, possible, type State, scoreOf } from "./method.ts";

/** Where a window's values lie, and how widely. */
export type Estimate = { center: number; spread: number };

/** An estimate, and how far from the centre a value may lie, as a multiple of the spread. */
export type Distance = {
  estimate: (values: Float64Array) => Estimate;
  threshold: number;
  /** Names the centre and the spread for people. */
  describe: (multiple: string) => string;
};

const MIN_SPREAD = 1e-140;
const MAX_SPREAD = 1e140;

/** The power of two next to the largest of the values: dividing by it changes no digit of them. */
function unitOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 1;
  // Log2 rounds up next to the largest number there is; of the smallest 2 ** -1000 is enough.
  return 2 ** Math.min(1023, Math.max(-1000, Math.floor(Math.log2(largest))));
}

/** The nearest number that is finite; NaN, as of 0 / 0, stays. */
const finite = (value: number): number =>
  Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));

/**
 * A window judged by the distance from a centre: over threshold · spread is an outlier. A class, as
 * most calls ask for the outliers alone, and closures for the rest would cost more than those.
 */
export class DistanceJudgement implements Judgement {
  readonly outliers: number[] = [];
  readonly #values: Float64Array;
  readonly #distance: Distance;
  readonly #options: Options;
  readonly #estimate: Estimate;
  /** NaN when nothing can be said, and then nothing is an outlier. */
  readonly #limit: number;
  #measured: Measured | undefined;

  constructor(values: Float64Array, distance: Distance, options: Options) {
    this.#values = values;
    this.#distance = distance;
    this.#options = options;
    this.#estimate = distance.estimate(values);
    const { center, spread } = this.#estimate;
    const limit = distance.threshold * spread;
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
    const { center } = this.#estimate;
    const value = this.#values[position] ?? center;
    const quotient = this.#distanceAt(position) / this.#distance.threshold;
    return scoreOf(finite(quotient), isOutlier(value, center, this.#limit, this.#options));
  }

  expected(): number {
    const { center, unit } = this.#measure();
    return finite(center * unit);
  }

  lower(): number {
    const { center, spread, unit } = this.#measure();
    return possible(finite((center - this.#distance.threshold * spread) * unit), this.#options);
  }

  upper(): number {
    const { center, spread, unit } = this.#measure();
    return possible(finite((center + this.#distance.threshold * spread) * unit), this.#options);
  }

  reason(position: number): string {
    const distance = this.#distanceAt(position);
    const { describe } = this.#distance;
    return describe(Number.isFinite(distance) ? distance.toPrecision(3) : "any number of");
  }

  /** In spreads. */
  #distanceAt(position: number): number {
    const { values, center, spread } = this.#measure();
    return Math.abs((values[position] ?? center) - center) / spread;
  }

  /** The estimate as numbers that can be shown: those that the verdicts are by may be infinite. */
  #measure(): Measured {
    this.#measured ??= measure(this.#values, this.#estimate, this.#distance.estimate);
    return this.#measured;
  }
}

/** Values as multiples of a unit, and the estimate of these. */
type Measured = Estimate & { values: Float64Array; unit: number };

function measure(values: Float64Array, first: Estimate, estimate: Distance["estimate"]): Measured {
  // Beyond these bounds squares and sums may be infinite, or 0.
  const isUsual = first.spread > MIN_SPREAD && first.spread < MAX_SPREAD;
  const unit = isUsual ? 1 : unitOf(values);
  if (unit === 1) return { ...first, values, unit };
  const scaled = values.map((value) => value / unit);
  return { ...estimate(scaled), values: scaled, unit };
}

function isOutlier(value: number, center: number, limit: number, options: Options): boolean {
  return Math.abs(value - center) > limit && counts(value, center, options);
}
