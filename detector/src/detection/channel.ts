import { KnownValues } from "../stats/known-values.ts";
import { loneBursts } from "../stats/lone-bursts.ts";
import { Rarity } from "../stats/rarity.ts";
import { Visits } from "../stats/visits.ts";

/** Values remembered as normal. */
const KNOWN = 512;
/** Values needed before anything can be called rare. */
const WARM_UP = 100;
/** A burst among them is not learnt, if it is no longer than this: it may be the host's start. */
const WARM_UP_BURST = 30;
/** So many visits to a rare value make it a known one. */
const VISITS_TO_LEARN = 3;
/** A gap says at most this much. */
const CAP_DECADES = 6;
/** From here on a value is remembered as a visit, not as a normal value. */
export const NOVEL_DECADES = 3;

export type ChannelOptions = {
  /** After how many samples a value that did not come again is forgotten. */
  maxAge: number;
  /** Rare values within so many samples are one visit. */
  visitSamples: number;
};

/** One view of a series, such as a moving mean: what is known of it, and how usual its gaps are. */
export class Channel {
  readonly #visitSamples: number;
  readonly #maxAge: number;
  readonly #visits = new Visits();
  #known: KnownValues;
  #gaps = new Rarity();
  /** The first values, until there are enough of them. */
  #warmUp: number[] | undefined = [];
  /** The visit that is under way: its samples, its values' range and its greatest gap. */
  #visit: { samples: number; least: number; greatest: number; gap: number } | undefined;

  constructor(options: ChannelOptions) {
    this.#visitSamples = options.visitSamples;
    this.#maxAge = options.maxAge;
    this.#known = new KnownValues(KNOWN, options.maxAge);
  }

  /** How rare the value's gap to what is known is, in decades; then remembers the value. */
  update(value: number): number {
    if (this.#warmUp) {
      this.#warmUp.push(value);
      this.#learn(value);
      if (this.#warmUp.length > WARM_UP) this.#endWarmUp(this.#warmUp);
      return 0;
    }
    const gap = Math.min(
      this.#known.distance(value),
      this.#visits.distance(value, VISITS_TO_LEARN),
    );
    const decades = Math.min(this.#gaps.decades(gap), CAP_DECADES);
    if (decades < NOVEL_DECADES) {
      this.#known.add(value);
      this.#gaps.add(gap);
    } else {
      this.#visit ??= { samples: 0, least: value, greatest: value, gap };
      this.#visit.least = Math.min(this.#visit.least, value);
      this.#visit.greatest = Math.max(this.#visit.greatest, value);
    }
    this.#endVisit();
    return decades;
  }

  #learn(value: number): void {
    if (this.#known.size > 0) this.#gaps.add(this.#known.distance(value));
    this.#known.add(value);
  }

  /** Forgets a burst, and remembers it as a visit. */
  #endWarmUp(values: readonly number[]): void {
    this.#warmUp = undefined;
    const isLone = loneBursts(Float64Array.from(values), WARM_UP_BURST);
    const bursts = values.filter((_, at) => isLone[at]);
    if (bursts.length === 0) return;
    this.#visits.push(Math.min(...bursts), Math.max(...bursts));
    this.#known = new KnownValues(KNOWN, this.#maxAge);
    this.#gaps = new Rarity();
    for (const [at, value] of values.entries()) if (!isLone[at]) this.#learn(value);
  }

  /** A visit is learnt from when its time is over: a burst must not teach that it is normal. */
  #endVisit(): void {
    if (!this.#visit) return;
    this.#visit.samples += 1;
    if (this.#visit.samples < this.#visitSamples) return;
    this.#visits.push(this.#visit.least, this.#visit.greatest);
    this.#gaps.add(this.#visit.gap);
    this.#visit = undefined;
  }

  /** The range of what is known, with a margin of the least gap that is as rare as this. */
  band(decades: number): { lower: number; upper: number } {
    // Nothing is known: nothing is out of the band's reach.
    if (this.#known.size === 0)
      return { lower: Number.POSITIVE_INFINITY, upper: Number.NEGATIVE_INFINITY };
    const margin = this.#warmUp ? 0 : this.#gaps.valueAt(decades);
    return { lower: this.#known.least - margin, upper: this.#known.greatest + margin };
  }
}
