import { KnownValues } from "./stats/known-values.ts";
import { Rarity } from "./stats/rarity.ts";
import { Visits } from "./stats/visits.ts";

/** Values remembered as normal. */
const KNOWN = 512;
/** So many visits to a rare value make it a known one. */
const VISITS_TO_LEARN = 3;
/** A gap says at most this much. */
const CAP_DECADES = 6;
/** How rare the gap of a visit counts as at most: a huge one would hide lesser ones for hours. */
const VISIT_DECADES = 40;
/** From here on a value is remembered as a visit, not as a normal value. */
export const NOVEL_DECADES = 3;

export type ChannelOptions = {
  /** After how many samples a value that did not come again is forgotten. */
  maxAge: number;
  /** Which share of the gaps tells how rare a greater one is. */
  tailShare: number;
  /** Rare values within so many samples are one visit. */
  visitSamples: number;
  /** A value shares samples with so many of the next ones. */
  overlap: number;
};

type Range = { least: number; greatest: number };

/**
 * The gap of a value as if all others were known but the next ones, which it is a part of: gaps in the
 * order of arrival would be those to the few that were known by then. To the second nearest, as a
 * margin: new values lie farther out than those that were at hand.
 */
function firstGap(values: readonly number[], at: number, overlap: number): number {
  const value = values[at] ?? 0;
  let nearest = Number.POSITIVE_INFINITY;
  let second = Number.POSITIVE_INFINITY;
  for (const [other, otherValue] of values.entries()) {
    if (other >= at && other <= at + overlap) continue;
    const gap = Math.abs(value - otherValue);
    if (gap >= second) continue;
    second = Math.max(gap, nearest);
    nearest = Math.min(gap, nearest);
  }
  return second;
}

/** One view of a series, such as a moving mean: what is known of it, and how usual its gaps are. */
export class Channel {
  readonly #visitSamples: number;
  readonly #visits = new Visits();
  readonly #known: KnownValues;
  readonly #gaps: Rarity;
  /** The visit that is under way: its samples, the ranges of its values and its first gap. */
  #visit: { samples: number; ranges: Range[]; gap: number } | undefined;

  /** @param normal values in the order they came in, which are known from the start */
  constructor(normal: readonly number[], options: ChannelOptions) {
    this.#visitSamples = options.visitSamples;
    this.#known = new KnownValues(KNOWN, options.maxAge);
    this.#gaps = new Rarity(options.tailShare);
    for (const [at, value] of normal.entries()) {
      this.#gaps.add(firstGap(normal, at, options.overlap));
      this.#known.add(value);
    }
  }

  /** How rare the value's gap to what is known is, in decades; then remembers the value. */
  update(value: number): number {
    const gap = Math.min(
      this.#known.distance(value),
      this.#visits.distance(value, VISITS_TO_LEARN),
    );
    const decades = Math.min(this.#gaps.decades(gap), CAP_DECADES);
    if (decades < NOVEL_DECADES) {
      this.#known.add(value);
      this.#gaps.add(gap);
    } else {
      this.#visit ??= { samples: 0, ranges: [], gap };
      this.#extend(this.#visit.ranges, value);
    }
    this.#endVisit();
    return decades;
  }

  /** Values between which a known one lies, such as of a drop and of a burst, are two ranges. */
  #extend(ranges: Range[], value: number): void {
    const near = ranges.find(
      ({ least, greatest }) =>
        !this.#known.hasBetween(Math.min(least, value), Math.max(greatest, value)),
    );
    if (!near) {
      ranges.push({ least: value, greatest: value });
      return;
    }
    near.least = Math.min(near.least, value);
    near.greatest = Math.max(near.greatest, value);
  }

  /** A visit is learnt from when its time is over: a burst must not teach that it is normal. */
  #endVisit(): void {
    if (!this.#visit) return;
    this.#visit.samples += 1;
    if (this.#visit.samples < this.#visitSamples) return;
    for (const { least, greatest } of this.#visit.ranges) this.#visits.push(least, greatest);
    this.#gaps.add(Math.min(this.#visit.gap, this.#gaps.valueAt(VISIT_DECADES)));
    this.#visit = undefined;
  }

  /** The range of what is known, with a margin of the least gap that is as rare as this. */
  band(decades: number): { lower: number; upper: number } {
    // Nothing is known: nothing is out of the band's reach.
    if (this.#known.size === 0)
      return { lower: Number.POSITIVE_INFINITY, upper: Number.NEGATIVE_INFINITY };
    const margin = this.#gaps.valueAt(decades);
    return { lower: this.#known.least - margin, upper: this.#known.greatest + margin };
  }
}
