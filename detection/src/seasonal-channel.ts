import { CAP_DECADES, type Memory, NOVEL_DECADES } from "./channel.ts";
import { ANY_TIME, type Fields } from "./checkpoint.ts";
import { DayProfile, type Usual } from "./day-profile.ts";
import { MINUTE_MS } from "./durations.ts";
import { Rarity } from "./stats/rarity.ts";

/** The mean is of so many minutes, or of one sample where that is longer. */
export const MEAN_MINUTES = 15;
/** Distances are counted this often: neighbours are of almost the same mean. */
const COUNTED_MS = 5 * MINUTE_MS;
/** Too few of them tell nothing. */
const MIN_COUNTED = 50;
const COMMON_DECADES = 1;
const ANY_SUM = { min: -1e38, max: 1e38 };

/** The mean of the last quarter of an hour, and its range at this time on other days. */
export type Seasonal = Usual & { mean: number };

/** From the range to the mean: above 0 when it is higher, below 0 when it is lower. */
function deviationOf({ mean, low, high }: Seasonal): number {
  if (mean > high) return mean - high;
  return mean < low ? mean - low : 0;
}

/** Deviations above and below are two ranges. */
const isAcrossZero = (low: number, high: number): boolean => low < 0 && high > 0;

/** The view that knows the time of day: how far the mean of a quarter of an hour is from what is usual then. */
export class SeasonalChannel {
  readonly #view: number;
  readonly #profile = new DayProfile();
  /** How usual such deviations are. */
  readonly #deviations = new Rarity();
  #countedAt = ANY_TIME.min;
  /** Sums and sizes of the last minutes, by the minute. */
  readonly #sums = new Float64Array(MEAN_MINUTES);
  readonly #sizes = new Uint32Array(MEAN_MINUTES);
  #bucket = 0;
  /** Whether the last deviation was rare, but for what is known of its time of day. */
  isNovel = false;
  /** What was last judged; nothing where the time of day tells nothing, or not yet. */
  last: (Seasonal & { deviation: number }) | undefined;

  constructor(view: number) {
    this.#view = view;
  }

  readonly isApart = isAcrossZero;

  /** Whether the time of day tells the level. */
  get isSeasonal(): boolean {
    return this.#profile.isSeasonal;
  }

  /**
   * Judges the mean that a value makes, and learns from it.
   * @returns how rare its deviation is, in decades
   */
  update(value: number, now: number, intervalMs: number, memory: Memory): number {
    this.isNovel = false;
    this.last = undefined;
    this.#profile.add(value, now);
    const mean = this.#mean(value, now, Math.max(MINUTE_MS, intervalMs));
    const usual = this.#usualOf(now);
    if (!usual) return 0;
    const deviation = deviationOf({ mean, ...usual });
    this.last = { mean, ...usual, deviation };
    return this.#judge(deviation, now, memory);
  }

  /** What it would have made of a stretch of the past, as far as it knows what is usual. */
  deviations(times: readonly number[], values: readonly number[]): number[] {
    let first = 0;
    let sum = 0;
    return times.flatMap((now, at) => {
      sum += values[at] ?? 0;
      while ((times[first] ?? now) <= now - MEAN_MINUTES * MINUTE_MS) sum -= values[first++] ?? 0;
      const usual = this.#usualOf(now);
      return usual ? [deviationOf({ mean: sum / (at + 1 - first), ...usual })] : [];
    });
  }

  fade(factor: number): void {
    this.#deviations.fade(factor);
  }

  /** About the middle of the mean's time. */
  #usualOf(now: number): Usual | undefined {
    return this.#profile.usualAt(now - (MEAN_MINUTES * MINUTE_MS) / 2);
  }

  #judge(exact: number, now: number, { visits, normals }: Memory): number {
    const deviations = this.#deviations;
    const value = Math.fround(exact);
    let gap = Math.abs(value);
    let decades = deviations.total < MIN_COUNTED ? 0 : deviations.decades(gap);
    if (decades >= COMMON_DECADES) {
      gap = Math.min(
        gap,
        normals.distance(this.#view, value),
        visits.distanceToLevel(this.#view, value),
        visits.distanceToOften(this.#view, value, now, true),
      );
      decades = deviations.decades(gap);
    }
    if (decades < NOVEL_DECADES) {
      this.#count(gap, now);
      return decades;
    }
    this.isNovel = true;
    visits.add(this.#view, value, now, { away: gap, decades, isApart: this.isApart });
    gap = Math.min(gap, visits.beyondThisTime(this.#view, value, value > 0, now));
    return Math.min(deviations.decades(gap), CAP_DECADES);
  }

  #count(deviation: number, now: number): void {
    if (Math.abs(now - this.#countedAt) < COUNTED_MS) return;
    this.#countedAt = now;
    this.#deviations.add(deviation);
  }

  #mean(value: number, now: number, bucketMs: number): number {
    const bucket = Math.floor(now / bucketMs);
    const passed = bucket - this.#bucket;
    const isNear = passed >= 0 && passed < MEAN_MINUTES;
    for (let back = 0; back < (isNear ? passed : MEAN_MINUTES); back++) {
      this.#sums[indexOf(bucket - back)] = 0;
      this.#sizes[indexOf(bucket - back)] = 0;
    }
    this.#bucket = bucket;
    const at = indexOf(bucket);
    this.#sums[at] = (this.#sums[at] ?? 0) + value;
    this.#sizes[at] = (this.#sizes[at] ?? 0) + 1;
    const buckets = Math.max(1, Math.round((MEAN_MINUTES * MINUTE_MS) / bucketMs));
    let sum = 0;
    let size = 0;
    for (let back = 0; back < buckets; back++) {
      sum += this.#sums[indexOf(bucket - back)] ?? 0;
      size += this.#sizes[indexOf(bucket - back)] ?? 0;
    }
    return sum / size;
  }

  fields(fields: Fields): void {
    this.#profile.fields(fields);
    this.#deviations.fields(fields);
    this.#countedAt = fields.number(this.#countedAt, ANY_TIME);
    this.#bucket = fields.number(this.#bucket, ANY_TIME);
    for (let at = 0; at < MEAN_MINUTES; at++) {
      this.#sums[at] = fields.number(this.#sums[at] ?? 0, ANY_SUM);
      this.#sizes[at] = fields.integer(this.#sizes[at] ?? 0, 0xffffffff);
    }
  }
}

const indexOf = (bucket: number): number => {
  const rest = bucket % MEAN_MINUTES;
  return rest < 0 ? rest + MEAN_MINUTES : rest;
};
