import { Rarity } from "../stats/rarity.ts";
import { SortedWindow } from "../stats/sorted-window.ts";
import type { Method } from "./method.ts";

/** Values remembered per channel, and visits to rare values. */
const WINDOW = 4096;
const VISITS = 128;
/** Besides the values themselves, their means over so many: steps and drifts show in these. */
const MEANS = [3, 20] as const;
const LONGEST_MEAN = 20;
/** Values needed before the first verdict. */
const WARM_UP = 100;
/** A channel says at most this much. */
const CAP_DECADES = 8;
/** From here on a value is remembered as a visit, not as a normal value. */
const NOVEL_DECADES = 3;
/** Values as rare as that within so many samples are one visit. */
const VISIT_SAMPLES = 20;
/** A flag's own aftermath is not flagged again for so many samples. */
const REFRACTORY_SAMPLES = 100;
/** The threshold, in decades: where it starts and may not go below, and where it stays reachable. */
const LEAST_THRESHOLD = 0.8;
const GREATEST_THRESHOLD = 7;
/** What each flag adds to the threshold. */
const STEP = 0.15;
const MS_PER_DAY = 86_400_000;

export type AdaptiveOptions = {
  /** Flags per day to be expected on normal data in the long run. Positive. */
  sensitivity: number;
  /** Time between two values. */
  sampleIntervalMs: number;
  /** How many visits to a rare value make it a known one. At least 1. */
  visitsToLearn: number;
};

export const adaptiveDefaults: AdaptiveOptions = {
  sensitivity: 0.1,
  sampleIntervalMs: 1000,
  visitsToLearn: 3,
};

export type AdaptiveState = "warming_up" | "constant" | "ready";

/** The verdict on one value. */
export type AdaptivePoint = {
  state: AdaptiveState;
  /** Above 1 for a flagged value, at most 1 for any other. */
  score: number;
  flagged: boolean;
  /** The median of the values remembered as normal, and the band around all of them. */
  expected: number;
  lower: number;
  upper: number;
};

/** What is remembered of one channel: normal values, visits to rare ones, the usual gaps. */
class Channel {
  readonly #normal = new SortedWindow(WINDOW);
  readonly #visits = new SortedWindow(VISITS);
  readonly #gaps = new Rarity();
  readonly #visitsToLearn: number;
  #sinceVisit = Number.POSITIVE_INFINITY;

  constructor(visitsToLearn: number) {
    this.#visitsToLearn = visitsToLearn;
  }

  /** How rare the value's gap to what is known is, in decades; then remembers the value. */
  update(value: number): number {
    if (this.#normal.size === 0) {
      this.#normal.push(value);
      return 0;
    }
    const gap = Math.min(
      this.#normal.distance(value, 1),
      this.#visits.distance(value, this.#visitsToLearn),
    );
    const isWarm = this.#gaps.total >= WARM_UP;
    const decades = isWarm ? Math.min(this.#gaps.decades(gap), CAP_DECADES) : 0;
    this.#sinceVisit += 1;
    if (decades < NOVEL_DECADES) {
      this.#normal.push(value);
      this.#gaps.add(gap);
    } else if (this.#sinceVisit >= VISIT_SAMPLES) {
      // Once a visit: a long burst must not teach in one go that it is normal.
      this.#visits.push(value);
      this.#gaps.add(gap);
      this.#sinceVisit = 0;
    }
    return decades;
  }

  band(decades: number): { expected: number; lower: number; upper: number } {
    const margin = this.#gaps.total >= WARM_UP ? this.#gaps.valueAt(decades) : 0;
    const { size } = this.#normal;
    return {
      expected: this.#normal.at(Math.floor((size - 1) / 2)),
      lower: this.#normal.at(0) - margin,
      upper: this.#normal.at(size - 1) + margin,
    };
  }
}

/** Beyond this, single precision ends; no value in units of a series' own changes comes near it. */
const GREATEST_UNITS = 1e30;

/**
 * Values as differences from the first one, in units of about the first change: single precision
 * keeps the small changes of a large counter, and no verdict depends on the unit of the series.
 */
class Units {
  #origin: number | undefined;
  #unit = 0;

  /** Whether no value has differed from the first one. */
  get isConstant(): boolean {
    return this.#unit === 0;
  }

  from(value: number): number {
    this.#origin ??= value;
    const difference = value - this.#origin;
    // A power of two, so that the division rounds nothing.
    if (this.#unit === 0 && difference !== 0) {
      this.#unit = 2 ** Math.min(1023, Math.floor(Math.log2(Math.abs(difference))));
    }
    const units = this.#unit === 0 ? 0 : difference / this.#unit;
    return Math.min(GREATEST_UNITS, Math.max(-GREATEST_UNITS, units));
  }

  to(units: number): number {
    const value = (this.#origin ?? 0) + units * this.#unit;
    return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
  }
}

/** The state of the adaptive method for one series: bounded, whatever the sampling interval. */
export class Adaptive {
  readonly #values: Channel;
  readonly #channels: { length: number; channel: Channel }[];
  readonly #fadePerSample: number;
  readonly #units = new Units();
  readonly #recent: number[] = [];
  #threshold = LEAST_THRESHOLD;
  #sinceFlag = Number.POSITIVE_INFINITY;
  #seen = 0;

  constructor({ sensitivity, sampleIntervalMs, visitsToLearn }: AdaptiveOptions) {
    this.#values = new Channel(visitsToLearn);
    this.#channels = [
      { length: 1, channel: this.#values },
      ...MEANS.map((length) => ({ length, channel: new Channel(visitsToLearn) })),
    ];
    this.#fadePerSample = (STEP * sensitivity * sampleIntervalMs) / MS_PER_DAY;
  }

  /**
   * Judges the next value of the series, and learns from it: gap novelty. A value is novel by its
   * distance to the nearest one that is known, and rare by how seldom such a distance came before;
   * the score is the mean rarity over the channels against a threshold that each flag raises and
   * time lowers, so that in the long run `sensitivity` flags come a day, whatever the data.
   * @param value finite
   */
  update(value: number): AdaptivePoint {
    this.#recent.push(this.#units.from(value));
    if (this.#recent.length > LONGEST_MEAN) this.#recent.shift();
    this.#seen += 1;
    let total = 0;
    for (const { length, channel } of this.#channels) total += channel.update(this.#mean(length));
    const decades = total / this.#channels.length;
    this.#sinceFlag += 1;
    const fading = this.#threshold - this.#fadePerSample;
    const threshold = Math.max(LEAST_THRESHOLD, fading);
    const flagged = decades > threshold && this.#sinceFlag > REFRACTORY_SAMPLES;
    if (flagged) this.#sinceFlag = 0;
    this.#threshold = Math.min(GREATEST_THRESHOLD, threshold + (flagged ? STEP : 0));
    // One flag stands for its aftermath: above 1 is what is flagged, as with every method.
    const score = flagged ? decades / threshold : Math.min(decades / threshold, 1);
    return { state: this.#state(), score, flagged, ...this.#band(threshold) };
  }

  #state(): AdaptiveState {
    if (this.#seen <= WARM_UP) return "warming_up";
    return this.#units.isConstant ? "constant" : "ready";
  }

  #band(threshold: number): { expected: number; lower: number; upper: number } {
    const { expected, lower, upper } = this.#values.band(threshold);
    return {
      expected: this.#units.to(expected),
      lower: this.#units.to(lower),
      upper: this.#units.to(upper),
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

/** Gap novelty over a window, from a fresh state: what `Adaptive` says of its values in turn. */
export const adaptive: Method = {
  name: "adaptive",
  judge(values, { sensitivity, sampleIntervalMs }) {
    const state = new Adaptive({
      sensitivity: sensitivity || adaptiveDefaults.sensitivity,
      sampleIntervalMs: sampleIntervalMs || adaptiveDefaults.sampleIntervalMs,
      visitsToLearn: adaptiveDefaults.visitsToLearn,
    });
    const points = Array.from(values, (value) => state.update(value));
    return {
      outliers: points.flatMap(({ flagged }, position) => (flagged ? [position] : [])),
      score: (position) => points[position]?.score ?? 0,
      lower: (position) => points[position]?.lower ?? Number.NaN,
      upper: (position) => points[position]?.upper ?? Number.NaN,
    };
  },
};
