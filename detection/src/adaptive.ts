import { Age } from "./age.ts";
import { Channels } from "./channels.ts";
import { CheckpointError, type Fields, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { CivilTime } from "./civil-time.ts";
import { DAY_MS } from "./durations.ts";
import { type EventPhase, Events } from "./event.ts";
import { Interval } from "./interval.ts";
import { listFields, MEANS } from "./means.ts";
import {
  counts,
  type Judgement,
  type Options,
  possible,
  type SeriesDetector,
  type State,
  type StreamMethod,
  scoreOf,
} from "./method.ts";
import { type Normal, Normals } from "./normals.ts";
import { extend, noRanges } from "./ranges.ts";
import { type Cause, reasonOf } from "./reason.ts";
import { SeasonalChannel } from "./seasonal-channel.ts";
import { longestRun, Standstill } from "./standstill.ts";
import { burstsOf } from "./stats/burst.ts";
import { Threshold } from "./threshold.ts";
import { Units } from "./units.ts";
import { Visits } from "./visits.ts";

/** Values needed before the first verdict. */
export const WARM_UP_SAMPLES = 100;
/** One or two bursts among them are not learnt, if they are this short: services start, say. */
const WARM_UP_BURSTS = { bursts: 2, values: 40 };
/** Values are forgotten that were not seen for one to two generations: so long, in days and in samples. */
const GENERATION_DAYS = 7;
const GENERATION_SAMPLES = 2048;
/** Half-lives, in days and in samples: of the gaps, and of what the threshold has learnt. */
const GAP_DAYS = 4;
const GAP_SAMPLES = 20_000;
const BLOCK_DAYS = 14;
const BLOCK_SAMPLES = 200_000;
/** The tail is what comes so often for each event that is asked for: what is far rarer says little. */
const TAIL_SAMPLES_PER_EVENT = 300;
/** So often a day, the mean of a quarter of an hour says something new. */
const SEASONAL_CHECKS = 192;
/** The weight of a new value in the level that is expected. */
const LEVEL_WEIGHT = 0.05;
const SEASONAL_DAYS = 14;
const MAX_OPTIONS_LENGTH = 512;

export type AdaptiveOptions = Omit<Options, "threshold">;

export const adaptiveDefaults = {
  sensitivity: 0.1,
  sampleIntervalMs: 1000,
  direction: "both",
  minDeviation: 0,
} as const satisfies AdaptiveOptions;

/** The verdict on one value. */
export type AdaptivePoint = {
  state: State;
  isOutlier: boolean;
  /** Of an outlier: whether it begins an event or continues one. */
  event: EventPhase | undefined;
  /** Above 1 for an outlier, at most 1 for any other value. */
  score: number;
  /** The level of the values before, rare ones left out; the band around all that is known. */
  expected: number;
  lower: number;
  upper: number;
  /** Of an outlier: why it is one, for `reasonOf`. */
  cause: Cause | undefined;
};

/** A neighbour of a value on the side of what is expected, or that. */
const nearer = (neighbour: number, expected: number): number =>
  Number.isNaN(neighbour) ? expected : neighbour;

/** Whether a value is one of those that make a mean rare, and not the normal one after a spike. */
const contributes = (deviation: number, deviationOfMean: number): boolean =>
  deviation / deviationOfMean >= 0.5 || deviationOfMean === 0;

/** All but the interval, which is measured. */
function textOf(options: AdaptiveOptions): string {
  const { sensitivity, direction, minDeviation, minRelativeDeviation = 0 } = options;
  const { minimum, maximum, timeZone = "UTC" } = options;
  return JSON.stringify({
    sensitivity: sensitivity || adaptiveDefaults.sensitivity,
    direction,
    minDeviation,
    minRelativeDeviation,
    minimum,
    maximum,
    timeZone,
  });
}

/**
 * The adaptive method, value by value: gap novelty with a memory of weeks. A value is novel by its
 * distance to the nearest one that is known, and rare by how seldom such a distance came before;
 * where the time of day tells the level, so is a mean that is far from what is usual then.
 */
export class Adaptive implements SeriesDetector {
  readonly #options: AdaptiveOptions;
  readonly #sensitivity: number;
  readonly #clock: CivilTime;
  readonly #interval: Interval;
  readonly #units = new Units();
  /** The first values, until there are enough of them. */
  #warmUp: number[] | undefined = [];
  readonly #channels = new Channels();
  readonly #seasonal = new SeasonalChannel(MEANS.length);
  readonly #memory = { visits: new Visits(), normals: new Normals() };
  readonly #standstill = new Standstill();
  readonly #threshold: Threshold;
  readonly #seasonalThreshold: number;
  readonly #events = new Events();
  /** Of the values before, rare ones left out. */
  #level: number | undefined;
  /** The threshold that the last value was judged by. */
  #lastThreshold = Number.MAX_VALUE;
  readonly #age = new Age();

  /** @throws {RangeError} when there is no such time zone */
  constructor(options: AdaptiveOptions) {
    this.#options = options;
    this.#sensitivity = options.sensitivity || adaptiveDefaults.sensitivity;
    this.#clock = new CivilTime(options.timeZone ?? "UTC");
    this.#interval = new Interval(options.sampleIntervalMs || adaptiveDefaults.sampleIntervalMs);
    this.#threshold = new Threshold(this.#sensitivity);
    this.#seasonalThreshold = Math.max(1, Math.log10(SEASONAL_CHECKS / this.#sensitivity));
    this.#useInterval();
  }

  /**
   * A state that goes on as the one would that the checkpoint was taken of, bit for bit.
   * @throws {CheckpointError} when it is damaged, of another version or made with other options
   */
  static restored(options: AdaptiveOptions, checkpoint: Uint8Array): Adaptive {
    const state = new Adaptive(options);
    readCheckpoint(checkpoint, (fields) => state.#fields(fields));
    state.#useInterval();
    return state;
  }

  /** All that was learnt, for `restored`: a few KiB. */
  checkpoint(): Uint8Array {
    return writeCheckpoint((fields) => this.#fields(fields));
  }

  /**
   * Judges the next value of the series, and learns from it.
   * @param timeMs when it was sampled, since the Unix epoch, after the one before
   * @param value finite
   */
  update(timeMs: number, value: number): AdaptivePoint {
    if (this.#interval.update(timeMs)) this.#useInterval();
    const now = this.#clock.of(timeMs);
    this.#forget(now);
    const units = this.#units.from(value);
    this.#standstill.update(value, this.#memory.normals.longestRun, this.#interval.ms);
    const seasonalDecades = this.#seasonal.update(units, now, this.#interval.ms, this.#memory);
    return this.#warmUp
      ? this.#warm(this.#warmUp, units)
      : this.#judge(now, value, units, seasonalDecades);
  }

  /** The time between two samples, as it is measured. */
  get intervalMs(): number {
    return this.#interval.ms;
  }

  judge(timesMs: Float64Array, values: Float64Array): Judgement {
    const points = Array.from(values, (value, at) => this.update(timesMs[at] ?? 0, value));
    return judgementOf(points, values);
  }

  /** What somebody called normal, and did not take back; the first one first. */
  get normals(): readonly Normal[] {
    return this.#memory.normals.list;
  }

  /**
   * Takes a stretch of the series as normal from now on, at any time, until it is taken back.
   * @param id names it; what was learnt by this id before is replaced
   * @param timesMs of its samples, rising
   * @throws {RangeError} when there are too many, or the id is too long
   */
  learnNormal(id: string, timesMs: Float64Array, values: Float64Array): void {
    const ranges = noRanges();
    const units = Array.from(values, (value) => this.#units.from(value));
    this.#channels.extend(ranges, units, this.#level ?? units[0] ?? 0);
    const civil = Array.from(timesMs, (timeMs) => this.#clock.of(timeMs));
    for (const deviation of this.#seasonal.deviations(civil, units))
      extend(ranges, MEANS.length, deviation, this.#seasonal.isApart);
    const fromMs = timesMs[0] ?? 0;
    const toMs = timesMs.at(-1) ?? fromMs;
    this.#memory.normals.add({ id, fromMs, toMs, ranges, run: longestRun(values) });
  }

  /** @returns whether something had been learnt by this id */
  forgetNormal(id: string): boolean {
    return this.#memory.normals.remove(id);
  }

  #useInterval(): void {
    const intervalMs = this.#interval.ms;
    const samplesPerEvent = DAY_MS / intervalMs / this.#sensitivity;
    this.#channels.tailShare = TAIL_SAMPLES_PER_EVENT / samplesPerEvent;
    this.#memory.visits.intervalMs = intervalMs;
    this.#threshold.intervalMs = intervalMs;
  }

  /** So many days, or the days of so many samples. */
  #daysOf(days: number, samples: number): number {
    return Math.max(days, (samples * this.#interval.ms) / DAY_MS);
  }

  /** By the day, and by the generation. */
  #forget(now: number): void {
    const { days, generations } = this.#age.update(now, this.#generationDays);
    if (days === 0) return;
    this.#channels.turn(generations);
    const ofGaps = 2 ** (-days / this.#daysOf(GAP_DAYS, GAP_SAMPLES));
    this.#channels.fade(ofGaps);
    this.#seasonal.fade(ofGaps);
    // What was learnt first is worth least: half of it goes with each doubling of the age.
    const age = Math.max(1, this.#age.at(now) / DAY_MS);
    this.#threshold.fade(2 ** (-days / Math.min(age, this.#daysOf(BLOCK_DAYS, BLOCK_SAMPLES))));
  }

  get #generationDays(): number {
    return Math.ceil(this.#daysOf(GENERATION_DAYS, GENERATION_SAMPLES));
  }

  #warm(before: number[], units: number): AdaptivePoint {
    const expected = this.#level ?? units;
    const lower = Math.min(expected, ...before);
    const upper = Math.max(expected, ...before);
    this.#follow(units);
    before.push(units);
    if (before.length === WARM_UP_SAMPLES) this.#endWarmUp(before);
    const point = this.#pointOf("warming_up", expected);
    point.lower = this.#bound(lower);
    point.upper = this.#bound(upper);
    return point;
  }

  /** Learns from the first values, all but bursts. */
  #endWarmUp(values: readonly number[]): void {
    const bursts = burstsOf(Float64Array.from(values), WARM_UP_BURSTS);
    const usual = values.filter(
      (_, at) => !bursts.some(({ first, end }) => at >= first && at < end),
    );
    this.#warmUp = undefined;
    this.#level = undefined;
    for (const units of usual) this.#follow(units);
    this.#channels.learn(usual);
  }

  #judge(now: number, value: number, units: number, seasonalDecades: number): AdaptivePoint {
    const { ms } = this.#interval;
    const current = this.#threshold.value;
    // An event goes on as it began: what it adds to the threshold counts for the next one.
    const threshold = this.#events.isUnderWay(ms)
      ? Math.min(this.#lastThreshold, current)
      : current;
    this.#lastThreshold = threshold;
    const expected = this.#level ?? units;
    const point = this.#pointOf(this.#units.isConstant ? "constant" : "ready", expected);
    this.#setBand(point, expected, threshold);
    const decades = this.#channels.update(units, expected, now, this.#memory);
    const ofGap = this.#isGapOutlier(value, units, expected) ? decades / threshold : 0;
    const ofTime = this.#isSeasonalOutlier(units) ? seasonalDecades / this.#seasonalThreshold : 0;
    const ofStandstill = this.#options.direction === "both" ? this.#standstill.score : 0;
    const score = Math.max(ofGap, ofTime, ofStandstill);
    const isOutlier = score > 1;
    const event = this.#events.update(isOutlier, ms);
    const begins = event === "begins" && ofGap > 1;
    this.#threshold.update(decades, begins, this.#events.isUnderWay(ms));
    point.score = scoreOf(isOutlier ? score : decades / threshold, isOutlier);
    if (isOutlier) {
      point.isOutlier = true;
      point.event = event;
      if (score === ofGap) point.cause = this.#gapCause(point, units, expected, now);
      else if (score === ofTime) point.cause = this.#seasonalCause(now);
      else point.cause = this.#standstill.cause;
    } else if (value < point.lower || value > point.upper)
      this.#takeInNormal(point, value, units, threshold);
    this.#endSample(now, units);
    return point;
  }

  #isGapOutlier(value: number, units: number, expected: number): boolean {
    return (
      contributes(units - expected, this.#channels.rarest.mean - expected) &&
      counts(value, this.#units.to(expected), this.#options)
    );
  }

  /** It is the mean that has to be on the side and at the distance that are asked for, and the value on its side. */
  #isSeasonalOutlier(units: number): boolean {
    const { last } = this.#seasonal;
    if (!last || last.deviation === 0) return false;
    const usual = last.mean - last.deviation;
    return (
      units > usual === last.deviation > 0 &&
      counts(this.#units.to(last.mean), this.#units.to(usual), this.#options)
    );
  }

  /** Around all known values, by the gap that is as rare as the threshold. */
  #setBand(point: AdaptivePoint, expected: number, threshold: number): void {
    const { known } = this.#channels.values;
    if (known.size === 0) return;
    const margin = this.#channels.values.gapAt(threshold);
    point.lower = this.#bound(Math.min(expected, known.min - margin));
    point.upper = this.#bound(Math.max(expected, known.max + margin));
  }

  /** A value that is no outlier because somebody called such values normal is within the band. */
  #takeInNormal(point: AdaptivePoint, value: number, units: number, threshold: number): void {
    if (this.#memory.normals.distance(0, units) > this.#channels.values.gapAt(threshold)) return;
    point.lower = Math.min(point.lower, value);
    point.upper = Math.max(point.upper, value);
  }

  #gapCause(point: AdaptivePoint, units: number, expected: number, now: number): Cause {
    const { channel, mean } = this.#channels.rarest;
    const { length, seen } = channel;
    // An outlier by its value is outside of the band, also where others are known on both sides.
    if (length === 1 && units > expected && point.upper >= this.#units.to(units))
      point.upper = this.#bound(Math.max(expected, (nearer(seen.below, expected) + units) / 2));
    if (length === 1 && units < expected && point.lower <= this.#units.to(units))
      point.lower = this.#bound(Math.min(expected, (nearer(seen.above, expected) + units) / 2));
    const to = (one: number): number => this.#units.to(one);
    return {
      kind: "gap",
      length,
      mean: to(mean),
      min: to(seen.min),
      max: to(seen.max),
      below: to(seen.below),
      above: to(seen.above),
      isSeasonal: this.#seasonal.isSeasonal,
      memoryMs: this.#memoryMs(now, 2 * this.#generationDays),
    };
  }

  #seasonalCause(now: number): Cause | undefined {
    const { last } = this.#seasonal;
    if (!last) return undefined;
    const to = (one: number): number => this.#units.to(one);
    return {
      kind: "time of day",
      mean: to(last.mean),
      low: to(last.low),
      high: to(last.high),
      memoryMs: this.#memoryMs(now, SEASONAL_DAYS),
    };
  }

  #memoryMs(now: number, days: number): number {
    return Math.min(this.#age.at(now), days * DAY_MS);
  }

  #endSample(now: number, units: number): void {
    if (this.#channels.values.isNormal) this.#follow(units);
    const isNovel = this.#seasonal.isNovel || this.#channels.isNovel;
    if (this.#memory.visits.next(now, units, isNovel, this.#age.at(now))) this.#channels.endVisit();
  }

  #follow(units: number): void {
    const level = this.#level ?? units;
    this.#level = level + LEVEL_WEIGHT * (units - level);
  }

  #bound(units: number): number {
    return possible(this.#units.to(units), this.#options);
  }

  #pointOf(state: State, expected: number): AdaptivePoint {
    return {
      state,
      isOutlier: false,
      event: undefined,
      score: 0,
      expected: this.#units.to(expected),
      lower: this.#bound(expected),
      upper: this.#bound(expected),
      cause: undefined,
    };
  }

  #fields(fields: Fields): void {
    const options = textOf(this.#options);
    const given = fields.text(options, MAX_OPTIONS_LENGTH);
    if (given !== options)
      throw new CheckpointError(
        `the checkpoint was made with other options: with ${given}, and ${options} are asked for`,
      );
    this.#age.fields(fields);
    this.#interval.fields(fields);
    this.#units.fields(fields);
    this.#standstill.fields(fields);
    this.#seasonal.fields(fields);
    this.#memory.visits.fields(fields);
    this.#memory.normals.fields(fields);
    this.#threshold.fields(fields);
    this.#events.fields(fields);
    this.#level = fields.optional(this.#level, { min: -1e30, max: 1e30 });
    this.#lastThreshold = fields.number(this.#lastThreshold, { min: 0, max: Number.MAX_VALUE });
    if (fields.flag(this.#warmUp !== undefined)) {
      this.#warmUp ??= [];
      listFields(fields, this.#warmUp, WARM_UP_SAMPLES - 1);
      return;
    }
    this.#warmUp = undefined;
    this.#channels.fields(fields);
  }
}

/** What `Adaptive` said of the values of a series, as the verdicts on a window. */
export function judgementOf(points: readonly AdaptivePoint[], values: Float64Array): Judgement {
  return {
    outliers: points.flatMap(({ isOutlier }, position) => (isOutlier ? [position] : [])),
    state: points.at(-1)?.state ?? "warming_up",
    score: (position) => points[position]?.score ?? 0,
    expected: (position) => points[position]?.expected ?? Number.NaN,
    lower: (position) => points[position]?.lower ?? Number.NaN,
    upper: (position) => points[position]?.upper ?? Number.NaN,
    reason: (position) => reasonOf(points[position]?.cause, values[position] ?? Number.NaN),
  };
}

/** Gap novelty with a memory of weeks, over series that grow. */
export const adaptive: StreamMethod = {
  name: "adaptive",
  start: (options) => new Adaptive(options),
  restore: (options, checkpoint) => Adaptive.restored(options, checkpoint),
};
