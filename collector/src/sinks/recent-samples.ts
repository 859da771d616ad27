import type { Series } from "../series.ts";
import type { Detected, Sink } from "../sink.ts";

/** A sample and its verdict; score and band are NaN until there is one. */
export type RecentSample = {
  timeMs: number;
  value: number;
  score: number;
  lower: number;
  upper: number;
  isOutlier: boolean;
};

/** Ten minutes at one sample per second. */
export const RECENT_SAMPLES = 600;

/** The last samples of every series with their verdicts, for the page to draw. */
export class RecentSamples implements Sink {
  readonly #rings = new WeakMap<Series, Ring>();

  of(series: Series): Ring {
    let ring = this.#rings.get(series);
    if (!ring) {
      const { oldest, pushed } = series.samples;
      ring = new Ring(Math.max(oldest, pushed - RECENT_SAMPLES));
      this.#rings.set(series, ring);
    }
    return ring;
  }

  onSample(series: Series): void {
    const ring = this.of(series);
    // A series that goes on from before a restart comes with earlier samples.
    for (let sequence = ring.pushed; sequence < series.samples.pushed; sequence++) {
      const { timeMs, value } = series.samples.at(sequence);
      ring.push(timeMs, value);
    }
  }

  onVerdicts(series: Series, { from, verdicts, outliers, samples }: Detected): void {
    const ring = this.of(series);
    for (const [at, verdict] of verdicts.entries()) ring.setVerdict(from + at, verdict);
    for (const { sample } of outliers) ring.setOutlier(from + samples.indexOf(sample));
  }
}

/** The last samples of one series, by sequence number. */
class Ring {
  // Float32 has seven digits, as many as a chart can show; 25 bytes per sample.
  readonly #timesMs = new Float64Array(RECENT_SAMPLES);
  readonly #values = new Float32Array(RECENT_SAMPLES);
  readonly #scores = new Float32Array(RECENT_SAMPLES);
  readonly #lower = new Float32Array(RECENT_SAMPLES);
  readonly #upper = new Float32Array(RECENT_SAMPLES);
  readonly #isOutlier = new Uint8Array(RECENT_SAMPLES);
  readonly #first: number;
  #pushed: number;

  /** @param first the sequence number of the first sample */
  constructor(first: number) {
    this.#first = first;
    this.#pushed = first;
  }

  /** The sequence number of the next sample. */
  get pushed(): number {
    return this.#pushed;
  }

  /** The sequence number of the oldest sample held. */
  get oldest(): number {
    return Math.max(this.#first, this.#pushed - RECENT_SAMPLES);
  }

  push(timeMs: number, value: number): void {
    const at = this.#pushed % RECENT_SAMPLES;
    this.#timesMs[at] = timeMs;
    this.#values[at] = value;
    this.#scores[at] = Number.NaN;
    this.#lower[at] = Number.NaN;
    this.#upper[at] = Number.NaN;
    this.#isOutlier[at] = 0;
    this.#pushed += 1;
  }

  /** Ignored for a sample that is no longer held. */
  setVerdict(sequence: number, verdict: { score: number; lower: number; upper: number }): void {
    if (sequence < this.oldest) return;
    const at = sequence % RECENT_SAMPLES;
    this.#scores[at] = verdict.score;
    this.#lower[at] = verdict.lower;
    this.#upper[at] = verdict.upper;
  }

  /** Ignored for a sample that is no longer held. */
  setOutlier(sequence: number): void {
    if (sequence >= this.oldest) this.#isOutlier[sequence % RECENT_SAMPLES] = 1;
  }

  /** The sample with a sequence number, from `oldest` on. */
  at(sequence: number): RecentSample {
    const at = sequence % RECENT_SAMPLES;
    return {
      timeMs: this.#timesMs[at] ?? Number.NaN,
      value: this.#values[at] ?? Number.NaN,
      score: this.#scores[at] ?? Number.NaN,
      lower: this.#lower[at] ?? Number.NaN,
      upper: this.#upper[at] ?? Number.NaN,
      isOutlier: this.#isOutlier[at] === 1,
    };
  }
}
