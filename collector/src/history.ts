import type { Sample } from "./sample-buffer.ts";

/** What is remembered of one sample; `score` and band are NaN before its verdict. */
export type Point = {
  timeMs: number;
  value: number;
  score: number;
  lower: number;
  upper: number;
  isFlagged: boolean;
};

/** Ten minutes at a sample a second. */
export const HISTORY_POINTS = 600;

/** The last samples of a series with their verdicts, by sequence number: to look at, not to judge. */
export class History {
  // Float32 has the seven digits that a chart can show; 25 bytes a point.
  readonly #timesMs = new Float64Array(HISTORY_POINTS);
  readonly #values = new Float32Array(HISTORY_POINTS);
  readonly #scores = new Float32Array(HISTORY_POINTS);
  readonly #lower = new Float32Array(HISTORY_POINTS);
  readonly #upper = new Float32Array(HISTORY_POINTS);
  readonly #isFlagged = new Uint8Array(HISTORY_POINTS);
  #pushed = 0;

  /** The sequence number of the oldest sample that is held. */
  get oldest(): number {
    return Math.max(0, this.#pushed - HISTORY_POINTS);
  }

  push({ timeMs, value }: Sample): void {
    const at = this.#pushed % HISTORY_POINTS;
    this.#timesMs[at] = timeMs;
    this.#values[at] = value;
    this.#scores[at] = Number.NaN;
    this.#lower[at] = Number.NaN;
    this.#upper[at] = Number.NaN;
    this.#isFlagged[at] = 0;
    this.#pushed += 1;
  }

  /** Gives the sample of a sequence number, one from `oldest` on, its verdict. */
  judge(sequence: number, verdict: { score: number; lower: number; upper: number }): void {
    const at = sequence % HISTORY_POINTS;
    this.#scores[at] = verdict.score;
    this.#lower[at] = verdict.lower;
    this.#upper[at] = verdict.upper;
  }

  /** Marks the sample of a sequence number as an outlier, unless it is gone. */
  flag(sequence: number): void {
    if (sequence >= this.oldest) this.#isFlagged[sequence % HISTORY_POINTS] = 1;
  }

  /** The sample of a sequence number, one from `oldest` on. */
  at(sequence: number): Point {
    const at = sequence % HISTORY_POINTS;
    return {
      timeMs: this.#timesMs[at] ?? Number.NaN,
      value: this.#values[at] ?? Number.NaN,
      score: this.#scores[at] ?? Number.NaN,
      lower: this.#lower[at] ?? Number.NaN,
      upper: this.#upper[at] ?? Number.NaN,
      isFlagged: this.#isFlagged[at] === 1,
    };
  }
}
