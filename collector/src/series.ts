import { RingBuffer } from "./ring-buffer.ts";

/** A value of a series at a time, in milliseconds since the Unix epoch. */
export type Sample = { timeMs: number; value: number };

/** `warming_up`: too few samples to judge; `constant`: no two values differ; else `ready`. */
export type State = "warming_up" | "constant" | "ready";

export const STATES: readonly State[] = ["warming_up", "constant", "ready"];

export type SeriesOptions = {
  /** How many samples are kept. */
  window: number;
  /** How many samples are needed before the first verdict. */
  minSamples: number;
  /** How long after the last verdict the next one is due. */
  verdictIntervalMs: number;
};

/** A flag: a sample that was judged to be an outlier, and when. */
export type Flag = { sample: Sample; judgedAtMs: number };

/** The window of one series, and what has been found in it. Each sample gets one verdict. */
export class Series {
  readonly name: string;
  readonly #options: SeriesOptions;
  readonly #samples: RingBuffer<Sample>;
  /** Samples before this sequence number have had their verdict, or were dropped. */
  #judged = 0;
  #flagged = 0;
  #lastFlag: Flag | undefined;
  #newest: Sample;
  #judgedAtMs: number;
  #blindMs = 0;

  constructor(name: string, first: Sample, options: SeriesOptions) {
    this.name = name;
    this.#options = options;
    this.#samples = new RingBuffer(options.window);
    this.#samples.push(first);
    this.#newest = first;
    this.#judgedAtMs = first.timeMs;
  }

  get newest(): Sample {
    return this.#newest;
  }

  /** How many samples were flagged since the start. */
  get flagged(): number {
    return this.#flagged;
  }

  get lastFlag(): Flag | undefined {
    return this.#lastFlag;
  }

  /** Samples that wait for their verdict. */
  get backlog(): number {
    return this.#samples.pushed - this.#judged;
  }

  get state(): State {
    if (this.#samples.size < this.#options.minSamples) return "warming_up";
    const { value } = this.#newest;
    return this.#samples.toArray().every((sample) => sample.value === value) ? "constant" : "ready";
  }

  /** @returns how many samples left the window without a verdict: 0 or 1 */
  push(sample: Sample): number {
    this.#samples.push(sample);
    this.#newest = sample;
    const oldest = this.#samples.pushed - this.#samples.size;
    if (this.#judged >= oldest) return 0;
    this.#judged = oldest;
    return 1;
  }

  /** The window, when there are enough samples and one that waits for its verdict. */
  pendingWindow(): { samples: Sample[]; end: number } | undefined {
    if (this.backlog === 0 || this.#samples.size < this.#options.minSamples) return undefined;
    return { samples: this.#samples.toArray(), end: this.#samples.pushed };
  }

  /**
   * Takes the verdicts on a window. A sample that had its verdict keeps it.
   * @param end the sequence number after the window's last sample
   * @param outliers the window's outliers by their distance from its end: 1 is the last sample
   * @returns the samples that are flagged now
   */
  judge(end: number, outliers: readonly { sample: Sample; fromEnd: number }[], nowMs: number) {
    this.#blindMs += this.#blindSince(nowMs);
    this.#judgedAtMs = nowMs;
    const fresh = outliers.filter(({ fromEnd }) => end - fromEnd >= this.#judged);
    this.#judged = Math.max(this.#judged, end);
    this.#flagged += fresh.length;
    const samples = fresh.map(({ sample }) => sample);
    const last = samples.at(-1);
    if (last) this.#lastFlag = { sample: last, judgedAtMs: nowMs };
    return samples;
  }

  /** Time without verdicts since the start: the waits that took over twice as long as is due. */
  blindMs(nowMs: number): number {
    return this.#blindMs + this.#blindSince(nowMs);
  }

  #blindSince(nowMs: number): number {
    const waited = nowMs - this.#judgedAtMs;
    const due = this.#options.verdictIntervalMs;
    return waited > 2 * due ? waited - due : 0;
  }
}
