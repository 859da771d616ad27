import { ANY_TIME, type Fields } from "./checkpoint.ts";
import { DAY_MS, MINUTE_MS } from "./durations.ts";
import {
  beyond,
  distanceTo,
  extend,
  type IsApart,
  noRanges,
  overlap,
  type Ranges,
  rangesFields,
  unite,
  VIEWS,
  widen,
} from "./ranges.ts";

/** Visits that are remembered, and for how long: a weekly job has to come three times. */
const CAPACITY = 24;
const KEEP_MS = 22 * DAY_MS;
/** A visit lasts so long, in time and in samples, and then until there is quiet, but not for ever. */
const VISIT_MS = 30 * MINUTE_MS;
const VISIT_SAMPLES = 20;
const QUIET_SAMPLES = 10;
const MAX_VISITS_LONG = 3;
/** While a series is young, what comes again within half of its age is another visit. */
const SHARE_OF_AGE = 0.5;
/** What came so often of late is known at any time, such as an hourly job. */
const OFTEN = 3;
const OFTEN_MS = DAY_MS / 2;
const OFTEN_SAMPLES = 1000;
/** The same time of day: by one earlier day if it begins on the minute, as jobs do, else by two. */
const PUNCTUAL_MS = MINUTE_MS;
const SAME_TIME_MS = 15 * MINUTE_MS;
/** Rare values that are no farther apart, in time and in samples, are of one run. */
const RUN_MS = 2 * MINUTE_MS;
const RUN_SAMPLES = 5;
/** What is rare for so many of the samples of a visit is a new level, and is learnt after a day. */
const DENSE = 0.8;
const LEVEL_LEARNT_MS = DAY_MS;
/** The next one need not be the same to the last digit: a share of the distance to what is known. */
export const MARGIN = 0.15;

/**
 * Something that was rare, in whole decades, and when it came: in civil time, and on how many days at this time
 * of day.
 */
type Visit = { start: number; end: number; days: number; decades: number; ranges: Ranges };

/** What goes on. */
type UnderWay = {
  start: number;
  /** When a rare value came last. */
  end: number;
  /** How rare its rarest value was. */
  decades: number;
  ranges: Ranges;
  /** How far its values were at most from what was known, by view. */
  away: Float32Array;
  /** The stretch that decides whether it is a level: its samples, the rare ones, and the ranges of its second half. */
  since: number;
  samples: number;
  rare: number;
  late: Ranges;
};

/** Where the series has moved to: since when, and when it was last there. */
type Level = { start: number; end: number; ranges: Ranges };

const begun = (now: number): UnderWay => ({
  start: now,
  end: now,
  decades: 0,
  ranges: noRanges(),
  away: new Float32Array(VIEWS),
  since: now,
  samples: 0,
  rare: 0,
  late: noRanges(),
});

/**
 * Visits to rare values: what comes often is known at any time, what comes at a time of day is known
 * at that time, and what lasts is a level for as long as it does. 5 KiB.
 */
export class Visits {
  /** The last one to end comes last. */
  #visits: Visit[] = [];
  #underWay: UnderWay | undefined;
  #level: Level | undefined;
  /** The run of rare values, which may be a part of a visit. */
  #runStart = 0;
  #runEnd = ANY_TIME.min;
  #intervalMs = 1000;
  /** The value itself, which is a part of what is asked of its means. */
  current = { value: 0, gap: 0 };

  set intervalMs(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** The distance to the third nearest of the last visits. */
  distanceToOften(view: number, value: number, now: number, isSeasonal: boolean): number {
    const samples = isSeasonal ? 0 : OFTEN_SAMPLES;
    const since = now - Math.max(OFTEN_MS, samples * this.#intervalMs);
    const nearest: number[] = [];
    for (let at = this.#visits.length - 1; at >= 0; at--) {
      const visit = this.#visits[at];
      if (!visit || visit.end < since) break;
      const ofValue = Math.min(this.current.gap, distanceTo(visit.ranges, 0, this.current.value));
      nearest.push(Math.max(ofValue, distanceTo(visit.ranges, view, value)));
    }
    return nearest.sort((a, b) => a - b)[OFTEN - 1] ?? Number.POSITIVE_INFINITY;
  }

  /** The distance to the level that the series has moved to; Infinity when it has not. */
  distanceToLevel(view: number, value: number): number {
    return this.#level ? distanceTo(this.#level.ranges, view, value) : Number.POSITIVE_INFINITY;
  }

  /** Whether the level has lasted for so long that its values are known from now on. */
  isLevelLearnt(now: number): boolean {
    return this.#level !== undefined && now - this.#level.start >= LEVEL_LEARNT_MS;
  }

  /** How far a value is beyond what came at this time of day before. */
  beyondThisTime(view: number, value: number, isAbove: boolean, now: number): number {
    const runStart = this.#isRun(now) ? this.#runStart : now;
    const punctual = Math.max(PUNCTUAL_MS, 2 * this.#intervalMs);
    const sameTime = Math.max(SAME_TIME_MS, 2 * this.#intervalMs);
    let least = Number.POSITIVE_INFINITY;
    let leastOnce = Number.POSITIVE_INFINITY;
    for (const { start, end, days, ranges } of this.#visits) {
      if (start > now - DAY_MS / 2 || end < now - KEEP_MS) continue;
      if (ofDay(now - start + sameTime) > end - start + 2 * sameTime) continue;
      const distance = beyond(ranges, view, value, isAbove);
      const isPunctual = ofDay(runStart - start + punctual) <= 2 * punctual;
      if (isPunctual || days > 1) least = Math.min(least, distance);
      // Two visits that are no entry of two days, as their ranges differ.
      least = Math.min(least, Math.max(distance, leastOnce));
      leastOnce = Math.min(leastOnce, distance);
    }
    return least;
  }

  /**
   * A rare value has come, which is not of the level that the series has moved to.
   * @param away how far it is from what was known
   * @param decades how rare that is
   */
  add(
    view: number,
    value: number,
    now: number,
    { away, decades, isApart }: { away: number; decades: number; isApart: IsApart },
  ): void {
    this.#underWay ??= begun(now);
    const visit = this.#underWay;
    visit.end = now;
    visit.decades = Math.max(visit.decades, Math.min(MAX_DECADES, Math.floor(decades)));
    if (!this.#isRun(now)) this.#runStart = now;
    this.#runEnd = now;
    extend(visit.ranges, view, value, isApart);
    if (Number.isFinite(away)) visit.away[view] = Math.max(visit.away[view] ?? 0, away);
    if (now - visit.since >= this.#visitMs / 2) extend(visit.late, view, value, isApart);
  }

  /**
   * Ends a sample. A visit is learnt from when it is over: a burst must not teach that it is normal.
   * @param value of the first view
   * @param isRare whether a value of the sample was added
   * @param age of the series
   * @returns whether a visit is over
   */
  next(now: number, value: number, isRare: boolean, age: number): boolean {
    const level = this.#level;
    if (level && distanceTo(level.ranges, 0, value) === 0) level.end = now;
    else if (level && now - level.end >= this.#visitMs) this.#level = undefined;
    const visit = this.#underWay;
    if (!visit) return false;
    visit.samples += 1;
    if (isRare) visit.rare += 1;
    const isLevel = now - visit.since >= this.#visitMs && this.#decideLevel(visit, now);
    if (!isLevel && !this.#isOver(visit, now, age)) return false;
    widen(
      visit.ranges,
      visit.away.map((away) => MARGIN * away),
    );
    this.#remember(visit);
    this.#underWay = undefined;
    return true;
  }

  /** @returns whether the visit is a level from now on */
  #decideLevel(visit: UnderWay, now: number): boolean {
    if (visit.rare >= DENSE * visit.samples) {
      const ranges = visit.late;
      widen(
        ranges,
        visit.away.map((away) => MARGIN * away),
      );
      if (this.#level) unite(ranges, this.#level.ranges);
      this.#level = { start: now, end: now, ranges };
      return true;
    }
    visit.since = now;
    visit.samples = 0;
    visit.rare = 0;
    visit.late.fill(Number.NaN);
    return false;
  }

  #isOver({ start, end }: UnderWay, now: number, age: number): boolean {
    const young = Math.max(VISIT_SAMPLES * this.#intervalMs, SHARE_OF_AGE * age);
    if (now - start < Math.min(this.#visitMs, young)) return false;
    return (
      now - end >= QUIET_SAMPLES * this.#intervalMs ||
      now - start >= MAX_VISITS_LONG * this.#visitMs
    );
  }

  /** One that came at this time of day before is the same, on one more day. */
  #remember({ start, end, decades: rarest, ranges }: UnderWay): void {
    let days = 1;
    let decades = rarest;
    const others = this.#visits.filter((other) => {
      if (other.end < end - KEEP_MS) return false;
      const isSameTime =
        other.start < start - DAY_MS / 2 &&
        ofDay(start - other.start + SAME_TIME_MS) <= 2 * SAME_TIME_MS;
      if (!isSameTime || !overlap(ranges, other.ranges)) return true;
      unite(ranges, other.ranges);
      days = Math.min(MAX_DAYS, days + other.days);
      decades = Math.max(decades, other.decades);
      return false;
    });
    if (others.length === CAPACITY) {
      // What was rare by chance goes first: it comes every hour.
      const worths = others.map((other) => other.decades * other.days);
      others.splice(worths.indexOf(Math.min(...worths)), 1);
    }
    this.#visits = [...others, { start, end, days, decades, ranges }];
  }

  #isRun(now: number): boolean {
    return now - this.#runEnd <= Math.max(RUN_MS, RUN_SAMPLES * this.#intervalMs);
  }

  get #visitMs(): number {
    return Math.max(VISIT_MS, VISIT_SAMPLES * this.#intervalMs);
  }

  fields(fields: Fields): void {
    const size = fields.integer(this.#visits.length, CAPACITY);
    this.#visits = Array.from({ length: size }, (_, at) => {
      const { start, end, days, decades, ranges } = this.#visits[at] ?? {
        start: 0,
        end: 0,
        days: 0,
        decades: 0,
        ranges: noRanges(),
      };
      const read = {
        start: fields.number(start, ANY_TIME),
        end: fields.number(end, ANY_TIME),
        days: fields.integer(days, MAX_DAYS),
        decades: fields.integer(decades, MAX_DECADES),
        ranges,
      };
      rangesFields(fields, ranges);
      return read;
    });
    this.#runStart = fields.number(this.#runStart, ANY_TIME);
    this.#runEnd = fields.number(this.#runEnd, ANY_TIME);
    const isUnderWay = fields.flag(this.#underWay !== undefined);
    this.#underWay = isUnderWay ? (this.#underWay ?? begun(0)) : undefined;
    if (this.#underWay) underWayFields(fields, this.#underWay);
    const isLevel = fields.flag(this.#level !== undefined);
    this.#level = isLevel ? (this.#level ?? { start: 0, end: 0, ranges: noRanges() }) : undefined;
    if (!this.#level) return;
    this.#level.start = fields.number(this.#level.start, ANY_TIME);
    this.#level.end = fields.number(this.#level.end, ANY_TIME);
    rangesFields(fields, this.#level.ranges);
  }
}

const MAX_DAYS = 255;
const MAX_DECADES = 255;

function underWayFields(fields: Fields, visit: UnderWay): void {
  visit.start = fields.number(visit.start, ANY_TIME);
  visit.end = fields.number(visit.end, ANY_TIME);
  visit.since = fields.number(visit.since, ANY_TIME);
  visit.samples = fields.integer(visit.samples, Number.MAX_SAFE_INTEGER);
  visit.decades = fields.integer(visit.decades, MAX_DECADES);
  visit.rare = fields.integer(visit.rare, Number.MAX_SAFE_INTEGER);
  fields.floats(visit.away, VIEWS);
  rangesFields(fields, visit.ranges);
  rangesFields(fields, visit.late);
}

/** A difference of times as one of times of day: from 0 to a day. */
function ofDay(difference: number): number {
  const rest = difference % DAY_MS;
  return rest < 0 ? rest + DAY_MS : rest;
}
