import { Channel, type ChannelOptions, NOVEL_DECADES } from "./channel.ts";
import { counts, type Judgement, type Options, type State, scoreOf } from "./method.ts";
import { burstsOf } from "./stats/burst.ts";
import { Units } from "./units.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The values themselves, and their means over so many: steps and drifts show in these. */
const MEANS = [1, 3, 20] as const;
const LONGEST_MEAN = 20;
/** Values needed before the first verdict. */
export const WARM_UP_SAMPLES = 100;
/** One or two bursts among them are not learnt, if they are this short: services start, say. */
const WARM_UP_BURSTS = { bursts: 2, values: 40 };
/** A value that did not come again is forgotten after so long, in time and in samples. */
const MAX_AGE_MS = 14 * DAY_MS;
const MAX_AGE_SAMPLES = 4096;
/** A visit to rare values lasts so long, in time and in samples. */
const VISIT_MS = 30 * MINUTE_MS;
const VISIT_SAMPLES = 20;
/** Outliers this near to the first of them are one alarm. */
const ALARM_SAMPLES = 100;
/** The threshold's bounds in decades: noise below, and above what few outliers reach. */
const LEAST_THRESHOLD = 1;
const GREATEST_THRESHOLD = 4.5;
/** The tail is what comes so often for each alarm that is asked for: what is far rarer says little. */
const TAIL_SAMPLES_PER_ALARM = 300;
/** What each alarm adds to the threshold. */
const STEP = 0.15;
/** The weight of a new value in the level that is expected. */
const LEVEL_WEIGHT = 0.05;

export type AdaptiveOptions = Omit<Options, "threshold">;

export const adaptiveDefaults = {
  sensitivity: 0.1,
  sampleIntervalMs: SECOND_MS,
  direction: "both",
  minDeviation: 0,
  minRelativeDeviation: 0,
} as const satisfies AdaptiveOptions;

/** The verdict on one value. */
export type AdaptivePoint = {
  state: State;
  isOutlier: boolean;
  /** Whether the outlier is the first of an alarm. */
  isAlarm: boolean;
  /** Above 1 for an outlier, at most 1 for any other value. */
  score: number;
  /** The level of the values before, rare ones left out; the band around all that is known. */
  expected: number;
  lower: number;
  upper: number;
  /** Over how many values the mean was that is farthest from what is known of it. */
  rarest: number;
};

/**
 * The threshold, in decades, that a series starts with: the rarer alarms are to be, the higher.
 * Fitted on simulated hosts and on the Numenta Anomaly Benchmark (docs/detection.md).
 */
function firstThreshold(samplesPerAlarm: number): number {
  const threshold = 0.7 * Math.log10(samplesPerAlarm) - 1.4;
  return Math.min(GREATEST_THRESHOLD, Math.max(LEAST_THRESHOLD, threshold));
}

/** Whether a value is one of those that make a mean rare, and not the normal one after a spike. */
const contributes = (deviation: number, deviationOfMean: number): boolean =>
  deviation / deviationOfMean >= 0.5 || deviationOfMean === 0;

/**
 * The adaptive method, value by value: gap novelty. A value is novel by its distance to the nearest
 * one that is known, and rare by how seldom such a distance came before; the score is the mean
 * rarity over the channels against a threshold that each alarm raises and time lowers.
 */
export class Adaptive {
  readonly #options: AdaptiveOptions;
  readonly #channelOptions: ChannelOptions;
  readonly #firstThreshold: number;
  readonly #fadePerSample: number;
  readonly #units = new Units();
  readonly #recent: number[] = [];
  /** The first values, until there are enough of them. */
  #warmUp: number[] | undefined = [];
  /** One for each of the means, from the end of the warm-up on. */
  #channels: { length: number; channel: Channel }[] = [];
  #threshold: number;
  #level = Number.NaN;
  /** The threshold that the last value was judged by. */
  #lastThreshold = Number.NaN;
  #sinceAlarm = Number.POSITIVE_INFINITY;
  #sinceOutlier = Number.POSITIVE_INFINITY;

  constructor(options: AdaptiveOptions) {
    this.#options = options;
    const sensitivity = options.sensitivity || adaptiveDefaults.sensitivity;
    const sampleIntervalMs = options.sampleIntervalMs || adaptiveDefaults.sampleIntervalMs;
    const samplesPerAlarm = DAY_MS / sampleIntervalMs / sensitivity;
    this.#channelOptions = {
      tailShare: TAIL_SAMPLES_PER_ALARM / samplesPerAlarm,
      maxAge: Math.max(MAX_AGE_SAMPLES, MAX_AGE_MS / sampleIntervalMs),
      visitSamples: Math.max(VISIT_SAMPLES, VISIT_MS / sampleIntervalMs),
      overlap: LONGEST_MEAN,
    };
    this.#firstThreshold = firstThreshold(samplesPerAlarm);
    this.#threshold = this.#firstThreshold;
    this.#fadePerSample = STEP / samplesPerAlarm;
  }

  /**
   * Judges the next value of the series, and learns from it.
   * @param value finite
   */
  update(value: number): AdaptivePoint {
    const units = this.#units.from(value);
    return this.#warmUp ? this.#warm(this.#warmUp, units) : this.#judge(value, units);
  }

  #warm(before: number[], units: number): AdaptivePoint {
    const expected = this.#expected(units);
    const known = { lower: Math.min(...before), upper: Math.max(...before) };
    this.#follow(units);
    before.push(units);
    if (before.length === WARM_UP_SAMPLES) this.#endWarmUp(before);
    return {
      state: "warming_up",
      isOutlier: false,
      isAlarm: false,
      score: 0,
      rarest: 1,
      ...this.#inUnitOfSeries(expected, known),
    };
  }

  /** Learns from the first values, all but bursts. */
  #endWarmUp(values: readonly number[]): void {
    const bursts = burstsOf(Float64Array.from(values), WARM_UP_BURSTS);
    const usual = values.filter(
      (_, at) => !bursts.some(({ first, end }) => at >= first && at < end),
    );
    this.#warmUp = undefined;
    this.#level = Number.NaN;
    const means = usual.map((units) => {
      this.#follow(units);
      this.#remember(units);
      return MEANS.map((length) => this.#mean(length));
    });
    this.#channels = MEANS.map((length, at) => ({
      length,
      channel: new Channel(
        means.map((of) => of[at] ?? 0),
        this.#channelOptions,
      ),
    }));
  }

  #judge(value: number, units: number): AdaptivePoint {
    this.#remember(units);
    const faded = Math.max(this.#firstThreshold, this.#threshold - this.#fadePerSample);
    // An alarm goes on as it began: what it adds to the threshold counts for the next one.
    const isUnderWay = this.#sinceOutlier < ALARM_SAMPLES;
    const threshold = isUnderWay ? Math.min(this.#lastThreshold, faded) : faded;
    const expected = this.#expected(units);
    let band = { lower: expected, upper: expected };
    let total = 0;
    let most = 0;
    let rarest = { length: 1, mean: units };
    for (const { length, channel } of this.#channels) {
      const mean = this.#mean(length);
      if (length === 1) band = channel.band(threshold);
      const decades = channel.update(mean);
      if (length === 1 && decades < NOVEL_DECADES) this.#follow(units);
      total += decades;
      if (decades <= most) continue;
      most = decades;
      rarest = { length, mean };
    }
    const decades = total / this.#channels.length;
    const expectation = this.#inUnitOfSeries(expected, band);
    const isOutlier =
      decades > threshold &&
      contributes(units - expected, rarest.mean - expected) &&
      counts(value, expectation.expected, this.#options);
    this.#sinceAlarm += 1;
    const isAlarm = isOutlier && decades > faded && this.#sinceAlarm > ALARM_SAMPLES;
    if (isAlarm) this.#sinceAlarm = 0;
    this.#threshold = Math.min(GREATEST_THRESHOLD, faded + (isAlarm ? STEP : 0));
    this.#lastThreshold = threshold;
    this.#sinceOutlier = isOutlier ? 0 : this.#sinceOutlier + 1;
    return {
      state: this.#units.isConstant ? "constant" : "ready",
      isOutlier,
      isAlarm,
      score: scoreOf(decades / threshold, isOutlier),
      rarest: rarest.length,
      ...expectation,
    };
  }

  /** The level before a value; the value itself when there was none. */
  #expected(units: number): number {
    return Number.isNaN(this.#level) ? units : this.#level;
  }

  #follow(units: number): void {
    const level = this.#expected(units);
    this.#level = level + LEVEL_WEIGHT * (units - level);
  }

  #remember(units: number): void {
    this.#recent.push(units);
    if (this.#recent.length > LONGEST_MEAN) this.#recent.shift();
  }

  #inUnitOfSeries(expected: number, band: { lower: number; upper: number }) {
    return {
      expected: this.#units.to(expected),
      lower: this.#units.to(Math.min(expected, band.lower)),
      upper: this.#units.to(Math.max(expected, band.upper)),
    };
  }

  // Summed anew each time: a running sum would drift, and depend on what came long before.
  #mean(length: number): number {
    const first = Math.max(0, this.#recent.length - length);
    let sum = 0;
    for (let index = first; index < this.#recent.length; index++) sum += this.#recent[index] ?? 0;
    return sum / (this.#recent.length - first);
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
    reason: (position) => reasonOf(points[position], values[position] ?? Number.NaN),
  };
}

function reasonOf(point: AdaptivePoint | undefined, value: number): string {
  if (!point) return "";
  if (point.rarest > 1) return `the mean of the last ${point.rarest} values is new for this series`;
  if (value > point.upper) return "higher than what is known of this series";
  if (value < point.lower) return "lower than what is known of this series";
  return "between values that are known of this series, far from each of them";
}
