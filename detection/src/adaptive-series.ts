import {
  Adaptive,
  type AdaptiveOptions,
  type AdaptivePoint,
  adaptiveDefaults,
  judgementOf,
} from "./adaptive.ts";
import type { Judgement, StreamMethod } from "./method.ts";

/** How many sample intervals an epoch has: 5.6 hours at 1 s. */
export const EPOCH_SAMPLES = 20_000;

/**
 * The adaptive method over a series that never ends. A state begins with each epoch of the clock,
 * learns for the rest of it and judges for the whole of the next one: so what is remembered is
 * bounded, and whoever has the samples of two epochs can build the same states again.
 */
export class AdaptiveSeries {
  readonly #options: AdaptiveOptions;
  readonly #epochMs: number;
  #epoch = Number.NEGATIVE_INFINITY;
  /** Began in the epoch before, or is the first one. */
  #judging: Adaptive;
  /** Began in this epoch, and is to judge in the next one. */
  #learning: Adaptive | undefined;

  constructor(options: AdaptiveOptions) {
    this.#options = options;
    this.#epochMs = EPOCH_SAMPLES * (options.sampleIntervalMs || adaptiveDefaults.sampleIntervalMs);
    this.#judging = new Adaptive(options);
  }

  /**
   * Judges the next values, and learns from them.
   * @param timesMs when each was sampled, since the Unix epoch, rising
   * @param values finite
   */
  judge(timesMs: Float64Array, values: Float64Array): Judgement {
    const points = Array.from(values, (value, at) => this.update(timesMs[at] ?? 0, value));
    return judgementOf(points, values);
  }

  /** Judges the next value, and learns from it. */
  update(timeMs: number, value: number): AdaptivePoint {
    const epoch = Math.floor(timeMs / this.#epochMs);
    if (epoch !== this.#epoch) this.#begin(epoch);
    this.#learning?.update(value);
    return this.#judging.update(value);
  }

  #begin(epoch: number): void {
    const isNext = epoch === this.#epoch + 1;
    const state = new Adaptive(this.#options);
    // The state of the epoch that has ended judges in this one; after a gap there is none.
    this.#judging = isNext ? (this.#learning ?? this.#judging) : state;
    this.#learning = isNext ? state : undefined;
    this.#epoch = epoch;
  }
}

/** Gap novelty over series that grow. */
export const adaptive: StreamMethod = {
  name: "adaptive",
  start: (options) => new AdaptiveSeries(options),
};
