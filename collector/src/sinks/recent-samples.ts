import type { SampleBudget } from "../sample-budget.ts";
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

/** How many there are of each series. */
type Room = Pick<SampleBudget, "recent">;

/** The last samples of every series with their verdicts, for the page to draw. */
export class RecentSamples implements Sink {
  readonly #rings = new WeakMap<Series, Ring>();
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  of(series: Series): Ring {
    let ring = this.#rings.get(series);
    if (!ring) {
      const { oldest, pushed } = series.samples;
      ring = new Ring(Math.max(oldest, pushed - this.#room.recent), this.#room.recent);
      this.#rings.set(series, ring);
    }
    return ring;
  }

  onSample(series: Series): void {
    let ring = this.of(series);
    if (ring.size !== this.#room.recent) {
      ring = ring.resized(this.#room.recent);
      this.#rings.set(series, ring);
    }
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
  readonly size: number;
  readonly #timesMs: Float64Array;
  // Float32 has seven digits, as many as a chart can show; 25 bytes per sample.
  readonly #values: Float32Array;
  readonly #scores: Float32Array;
  readonly #lower: Float32Array;
  readonly #upper: Float32Array;
  readonly #isOutlier: Uint8Array;
  readonly #first: number;
  #pushed: number;

  /** @param first the sequence number of the first sample */
  constructor(first: number, size: number) {
    this.#first = first;
    this.#pushed = first;
    this.size = size;
    // One buffer for all: thousands of series have as many of them.
    const buffer = new ArrayBuffer(25 * size);
    this.#timesMs = new Float64Array(buffer, 0, size);
    this.#values = new Float32Array(buffer, 8 * size, size);
    this.#scores = new Float32Array(buffer, 12 * size, size);
    this.#lower = new Float32Array(buffer, 16 * size, size);
    this.#upper = new Float32Array(buffer, 20 * size, size);
    this.#isOutlier = new Uint8Array(buffer, 24 * size, size);
  }

  /** The same samples, or the newest of them, in a ring of another size. */
  resized(size: number): Ring {
    const resized = new Ring(Math.max(this.oldest, this.#pushed - size), size);
    for (let sequence = resized.pushed; sequence < this.#pushed; sequence++) {
      const sample = this.at(sequence);
      resized.push(sample.timeMs, sample.value);
      resized.setVerdict(sequence, sample);
      if (sample.isOutlier) resized.setOutlier(sequence);
    }
    return resized;
  }

  /** The sequence number of the next sample. */
  get pushed(): number {
    return this.#pushed;
  }

  /** The sequence number of the oldest sample held. */
  get oldest(): number {
    return Math.max(this.#first, this.#pushed - this.size);
  }

  push(timeMs: number, value: number): void {
    const at = this.#pushed % this.size;
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
    const at = sequence % this.size;
    this.#scores[at] = verdict.score;
    this.#lower[at] = verdict.lower;
    this.#upper[at] = verdict.upper;
  }

  /** Ignored for a sample that is no longer held. */
  setOutlier(sequence: number): void {
    if (sequence >= this.oldest) this.#isOutlier[sequence % this.size] = 1;
  }

  /** The sample with a sequence number, from `oldest` on. */
  at(sequence: number): RecentSample {
    const at = sequence % this.size;
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
