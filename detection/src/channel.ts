import { type Fields, shortened } from "./checkpoint.ts";
import type { Normals } from "./normals.ts";
import { KnownValues } from "./stats/known-values.ts";
import { Rarity } from "./stats/rarity.ts";
import { MARGIN, type Visits } from "./visits.ts";

/** Values remembered as normal. */
const KNOWN = 512;
/** Below, it can't be the reason of an outlier. */
const NOTEWORTHY_DECADES = 0.3;
/** Below, nothing else has to be asked. */
const COMMON_DECADES = 1;
/** From here on a value is remembered as a visit, not as a normal value. */
export const NOVEL_DECADES = 3;
/** A gap says at most this much. */
export const CAP_DECADES = 6;
/** How rare the gap of a visit counts as at most: a huge one would hide lesser ones. */
const VISIT_DECADES = 40;

/** What all views of a series share. */
export type Memory = { visits: Visits; normals: Normals };

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
  /** Of how many values it is the mean. */
  readonly length: number;
  readonly #view: number;
  readonly #known = new KnownValues(KNOWN);
  readonly #gaps = new Rarity();
  /** The first gap of the visit that is under way. */
  #visitGap: number | undefined;
  /** Whether the last value was rare, but for what is known of its time of day. */
  isNovel = false;
  /** What was known when the last noteworthy value came: all of it, and its neighbours, NaN if there is none. */
  seen = { min: Number.NaN, max: Number.NaN, below: Number.NaN, above: Number.NaN };
  /** Whether the last value is normal: known from now on, or of the level that the series has moved to. */
  isNormal = false;

  constructor(view: number, length: number) {
    this.#view = view;
    this.length = length;
  }

  /** Which share of the gaps tells how rare a greater one is. */
  set tailShare(share: number) {
    this.#gaps.tailShare = share;
  }

  get known(): KnownValues {
    return this.#known;
  }

  /** Whether a known value lies between two others. */
  readonly isApart = (low: number, high: number): boolean => this.#known.hasBetween(low, high);

  /**
   * Learns the first values.
   * @param normal in the order they came in
   * @param overlap a value shares samples with so many of the next ones
   */
  learn(normal: readonly number[], overlap: number): void {
    for (const [at, value] of normal.entries()) {
      this.#gaps.add(firstGap(normal, at, overlap));
      this.#known.add(shortened(value));
    }
  }

  /**
   * Judges a value, and learns from it.
   * @param isAbove whether it is above the level of the series
   * @returns how rare its gap to what is known is, in decades
   */
  update(exact: number, isAbove: boolean, now: number, { visits, normals }: Memory): number {
    const value = shortened(exact);
    this.isNovel = false;
    this.isNormal = false;
    let gap = this.#known.distance(value);
    // Values are not known to more digits than they are kept with.
    if (gap <= this.#known.spacing / 2) gap = 0;
    let decades = this.#gaps.decades(gap);
    if (decades >= NOTEWORTHY_DECADES) this.#see(value);
    if (decades >= COMMON_DECADES) {
      const toLevel = visits.distanceToLevel(this.#view, value);
      const excused = Math.min(toLevel, normals.distance(this.#view, value));
      if (excused < gap) {
        gap = excused;
        decades = this.#gaps.decades(gap);
        if (decades < NOVEL_DECADES) {
          // It teaches nothing else: what was called normal may be taken back, and a level may go.
          this.isNormal = toLevel === gap;
          if (this.isNormal && visits.isLevelLearnt(now)) this.#known.add(value);
          return decades;
        }
      }
      gap = Math.min(gap, visits.distanceToOften(this.#view, value, now, false));
      decades = this.#gaps.decades(gap);
    }
    if (decades < NOVEL_DECADES) {
      this.isNormal = true;
      this.#known.add(value);
      this.#gaps.add(gap);
      return decades;
    }
    this.isNovel = true;
    this.#visitGap ??= gap;
    visits.add(this.#view, value, now, { away: gap, decades, isApart: this.isApart });
    gap = Math.min(gap, visits.beyondThisTime(this.#view, value, isAbove, now));
    return Math.min(this.#gaps.decades(gap), CAP_DECADES);
  }

  #see(value: number): void {
    const known = this.#known;
    const { min, max } = known;
    this.seen = { min, max, below: known.below(value), above: known.above(value) };
  }

  /** A visit is over: its gap is one of those that come. */
  endVisit(): void {
    if (this.#visitGap === undefined) return;
    this.#gaps.add(Math.min(this.#visitGap, this.#gaps.valueAt(VISIT_DECADES)));
    this.#visitGap = undefined;
  }

  /** Forgets what was not seen for a generation. */
  turn(): void {
    this.#known.turn();
  }

  /** What gaps there were counts less. */
  fade(factor: number): void {
    this.#gaps.fade(factor);
  }

  /** How far around a value others count as the same. @param level of the series, where nothing is known yet */
  marginOf(value: number, level: number): number {
    const isKnown = this.#known.size > 0;
    return MARGIN * (isKnown ? this.#known.distance(shortened(value)) : Math.abs(value - level));
  }

  /** The least gap that is as rare. */
  gapAt(decades: number): number {
    return this.#gaps.valueAt(decades);
  }

  fields(fields: Fields): void {
    this.#known.fields(fields);
    this.#gaps.fields(fields);
    this.#visitGap = fields.optional(this.#visitGap, { min: 0, max: Number.POSITIVE_INFINITY });
  }
}
