import { ANY_TIME, type Fields, shortened } from "./checkpoint.ts";
import { DAY_MS } from "./durations.ts";

const SLOTS = 48;
const SLOT_MS = DAY_MS / SLOTS;
const DAYS = 14;
/** Days of a kind, workdays or weekends, that it takes to tell what is usual; from so many on, odd ones are left out. */
const MIN_DAYS = 2;
const MANY_DAYS = 4;
/** How well the time of day has to tell the level of the slots, over how many of these. */
const MIN_SKILL = 0.6;
const SKILL_SLOTS = 3 * SLOTS;
const MIN_SKILL_SLOTS = SLOTS / 2;
/** One odd slot doesn't end what the time of day tells: its errors count as so many usual ones at most. */
const MAX_ERRORS = 4;
const ANY_MEAN = { min: -1e38, max: 1e38 };
const ANY_ERROR = { min: 0, max: 1e38 };

/** What is usual at a time of day. */
export type Usual = { low: number; high: number };

/** 1 January 1970 was a Thursday. */
const isWeekend = (day: number): boolean => modulo(day + 3, 7) >= 5;

/**
 * The means of each half hour of the last two weeks. What is usual at a time of day is their range on
 * earlier workdays or on earlier weekends, but for an odd one at either end. It counts where the time of
 * day tells the level of the series. 3 KiB.
 */
export class DayProfile {
  /** A row of slots for each day, in turn; NaN where nothing was seen. */
  readonly #means = new Float32Array(DAYS * SLOTS).fill(Number.NaN);
  /** The half hour that is under way, since the epoch. */
  #slot: number | undefined;
  #sum = 0;
  #size = 0;
  /** Faded sums of the errors of the slots' means: by the time of day, by the median of all; and their number. */
  #errors = { ofTime: 0, ofAll: 0, size: 0 };
  /** The median of all means, as of the beginning of a day. */
  #overall = { day: 0, median: 0 };
  /** The slots about the time that was last asked for. */
  #about: { first: number; usual: Usual } | undefined;

  /** Whether the time of day tells the level. */
  get isSeasonal(): boolean {
    const { ofTime, ofAll, size } = this.#errors;
    return size >= MIN_SKILL_SLOTS && ofAll > 0 && 1 - ofTime / ofAll >= MIN_SKILL;
  }

  /** @param now civil */
  add(value: number, now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    if (slot !== this.#slot) this.#begin(slot);
    this.#sum += value;
    this.#size += 1;
  }

  /** What is usual at a civil time of about now; nothing where that isn't known, or the time tells nothing. */
  usualAt(time: number): Usual | undefined {
    if (!this.isSeasonal) return undefined;
    // What is usual within a quarter of an hour: days don't begin on the minute, and levels step.
    const first = Math.floor(time / SLOT_MS - 0.5);
    if (this.#about?.first !== first) {
      const before = innerRange(this.#earlier(first));
      const after = innerRange(this.#earlier(first + 1));
      if (!before || !after) return undefined;
      const low = Math.min(before.low, after.low);
      this.#about = { first, usual: { low, high: Math.max(before.high, after.high) } };
    }
    return this.#about.usual;
  }

  #begin(slot: number): void {
    const ended = this.#slot;
    if (ended !== undefined) {
      const mean = shortened(this.#sum / this.#size);
      this.#measure(ended, mean);
      this.#means[modulo(ended, DAYS * SLOTS)] = mean;
      // Those that were passed over hold what was there two weeks ago.
      for (let passed = Math.max(ended + 1, slot - DAYS * SLOTS); passed <= slot; passed++)
        this.#means[modulo(passed, DAYS * SLOTS)] = Number.NaN;
    }
    this.#slot = slot;
    this.#sum = 0;
    this.#size = 0;
    this.#about = undefined;
  }

  /** How well the time of day tells a mean. */
  #measure(slot: number, mean: number): void {
    const earlier = this.#earlier(slot);
    if (earlier.length < MIN_DAYS) return;
    const day = Math.floor(slot / SLOTS);
    if (day !== this.#overall.day) {
      const all = this.#means.filter((one) => !Number.isNaN(one)).sort();
      this.#overall = { day, median: medianOf(all) };
    }
    const ofTime = Math.abs(mean - medianOf(earlier));
    const ofAll = Math.abs(mean - this.#overall.median);
    const errors = this.#errors;
    const limit =
      errors.size > 0 ? (MAX_ERRORS * errors.ofAll) / errors.size : Number.POSITIVE_INFINITY;
    const kept = 1 - 1 / SKILL_SLOTS;
    errors.ofTime = kept * errors.ofTime + Math.min(limit, ofTime);
    errors.ofAll = kept * errors.ofAll + Math.min(limit, ofAll);
    errors.size = kept * errors.size + 1;
  }

  /** The means of a slot on earlier days of its kind, ascending. */
  #earlier(slot: number): Float32Array {
    const day = Math.floor(slot / SLOTS);
    const means: number[] = [];
    for (let back = 1; back < DAYS; back++) {
      if (isWeekend(day - back) !== isWeekend(day)) continue;
      const mean = this.#means[modulo(slot - back * SLOTS, DAYS * SLOTS)] ?? Number.NaN;
      if (!Number.isNaN(mean)) means.push(mean);
    }
    return Float32Array.from(means).sort();
  }

  fields(fields: Fields): void {
    this.#slot = fields.optional(this.#slot, ANY_TIME);
    this.#sum = fields.number(this.#sum, ANY_MEAN);
    this.#size = fields.integer(this.#size, Number.MAX_SAFE_INTEGER);
    const { ofTime, ofAll, size } = this.#errors;
    this.#errors = {
      ofTime: fields.number(ofTime, ANY_ERROR),
      ofAll: fields.number(ofAll, ANY_ERROR),
      size: fields.number(size, ANY_ERROR),
    };
    this.#overall = {
      day: fields.number(this.#overall.day, ANY_TIME),
      median: fields.number(this.#overall.median, ANY_MEAN),
    };
    this.#about = undefined;
    for (let day = 0; day < DAYS; day++) {
      const row = this.#means.subarray(day * SLOTS, (day + 1) * SLOTS);
      const isSeen = fields.flag(row.some((mean) => !Number.isNaN(mean)));
      if (isSeen) fields.shortFloats(row, SLOTS);
      else row.fill(Number.NaN);
    }
  }
}

function medianOf(ascending: Float32Array): number {
  const upper = ascending[ascending.length >> 1] ?? Number.NaN;
  if (ascending.length % 2 === 1) return upper;
  return (upper + (ascending[(ascending.length >> 1) - 1] ?? Number.NaN)) / 2;
}

function innerRange(ascending: Float32Array): Usual | undefined {
  if (ascending.length < MIN_DAYS) return undefined;
  const left = ascending.length < MANY_DAYS ? 0 : 1;
  return { low: ascending[left] ?? 0, high: ascending[ascending.length - 1 - left] ?? 0 };
}

function modulo(value: number, by: number): number {
  const rest = value % by;
  return rest < 0 ? rest + by : rest;
}
