import { Channel, NOVEL_DECADES } from "./channel.ts";
import {
  counts,
  type Judgement,
  type Method,
  type Options,
  type State,
  scoreOf,
} from "./method.ts";
import { Units } from "./units.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The values themselves, and their means over so many: steps and drifts show in these. */
const MEANS = [1, 3, 20] as const;
const LONGEST_MEAN = 20;
/** Values needed before the first verdict. */
const WARM_UP_SAMPLES = 100;
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
function firstThreshold(sensitivity: number, sampleIntervalMs: number): number {
  const samplesPerAlarm = DAY_MS / sampleIntervalMs / sensitivity;
  const threshold = 0.7 * Math.log10(samplesPerAlarm) - 1.5;
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
  readonly #values: Channel;
  readonly #channels: { length: number; channel: Channel }[];
  readonly #firstThreshold: number;
  readonly #fadePerSample: number;
  readonly #units = new Units();
  readonly #recent: number[] = [];
  #threshold: number;
  #level = Number.NaN;
  #sinceAlarm = Number.POSITIVE_INFINITY;
  #seen = 0;

  constructor(options: AdaptiveOptions) {
    this.#options = options;
    const sensitivity = options.sensitivity || adaptiveDefaults.sensitivity;
    const sampleIntervalMs = options.sampleIntervalMs || adaptiveDefaults.sampleIntervalMs;
    const channel = {
      maxAge: Math.max(MAX_AGE_SAMPLES, MAX_AGE_MS / sampleIntervalMs),
      visitSamples: Math.max(VISIT_SAMPLES, VISIT_MS / sampleIntervalMs),
    };
    this.#values = new Channel(channel);
    this.#channels = MEANS.map((length) => ({
      length,
      channel: length === 1 ? this.#values : new Channel(channel),
    }));
    this.#firstThreshold = firstThreshold(sensitivity, sampleIntervalMs);
    this.#threshold = this.#firstThreshold;
    this.#fadePerSample = (STEP * sensitivity * sampleIntervalMs) / DAY_MS;
  }

  /**
   * Judges the next value of the series, and learns from it.
   * @param value finite
   */
  update(value: number): AdaptivePoint {
    const units = this.#units.from(value);
    this.#recent.push(units);
    if (this.#recent.length > LONGEST_MEAN) this.#recent.shift();
    this.#seen += 1;
    const faded = Math.max(this.#firstThreshold, this.#threshold - this.#fadePerSample);
    const expected = Number.isNaN(this.#level) ? units : this.#level;
    const band = this.#band(faded, expected);
    let total = 0;
    let most = 0;
    let rarest = { length: 1, mean: units };
    let decadesOfValue = 0;
    for (const { length, channel } of this.#channels) {
      const mean = this.#mean(length);
      const decades = channel.update(mean);
      total += decades;
      if (length === 1) decadesOfValue = decades;
      if (decades <= most) continue;
      most = decades;
      rarest = { length, mean };
    }
    const decades = total / this.#channels.length;
    if (decadesOfValue < NOVEL_DECADES) this.#level = expected + LEVEL_WEIGHT * (units - expected);
    const isOutlier =
      this.#seen > WARM_UP_SAMPLES &&
      decades > faded &&
      contributes(units - expected, rarest.mean - expected) &&
      counts(value, band.expected, this.#options);
    this.#sinceAlarm += 1;
    const isAlarm = isOutlier && this.#sinceAlarm > ALARM_SAMPLES;
    if (isAlarm) this.#sinceAlarm = 0;
    this.#threshold = Math.min(GREATEST_THRESHOLD, faded + (isAlarm ? STEP : 0));
    return {
      state: this.#state(),
      isOutlier,
      isAlarm,
      score: scoreOf(decades / faded, isOutlier),
      rarest: rarest.length,
      ...band,
    };
  }

  #state(): State {
    if (this.#seen <= WARM_UP_SAMPLES) return "warming_up";
    return this.#units.isConstant ? "constant" : "ready";
  }

  #band(decades: number, expected: number) {
    const { lower, upper } = this.#values.band(decades);
    return {
      expected: this.#units.to(expected),
      lower: this.#units.to(Math.min(expected, lower)),
      upper: this.#units.to(Math.max(expected, upper)),
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

/** Gap novelty over a window, from a fresh state: what `Adaptive` says of its values in turn. */
export const adaptive: Method = {
  name: "adaptive",
  judge(values, options) {
    const state = new Adaptive(options);
    const points = Array.from(values, (value) => state.update(value));
    return judgementOf(points, values);
  },
};
