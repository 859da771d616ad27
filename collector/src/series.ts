import { History } from "./history.ts";
import { type Sample, SampleBuffer } from "./sample-buffer.ts";

/** `warming_up`: too few samples to judge; `constant`: no two values differ; else `ready`. */
export type State = "warming_up" | "constant" | "ready";

export const STATES: readonly State[] = ["warming_up", "constant", "ready"];

export type SeriesOptions = {
  /** How many samples are kept. */
  capacity: number;
  /** How long after the last verdict the next one is due. */
  verdictIntervalMs: number;
  /** Outliers that are further apart are of two events. */
  activeHoldMs: number;
};

/** Where a sample's value would be expected, and how far from there it is: above 1, an outlier. */
export type Verdict = { score: number; expected: number; lower: number; upper: number };

/** A sample that was judged to be an outlier, and why. */
export type Flag = { sample: Sample; verdict: Verdict; direction: "up" | "down"; reason: string };

/** The verdicts on some consecutive samples of a series. */
export type Verdicts = {
  /** The sequence number of the first of them, and the one after the last. */
  from: number;
  end: number;
  /** The verdict on one of them, by its sequence number. */
  verdictOf: (sequence: number) => Verdict;
  state: State;
  /** The outliers among them, and their sequence numbers. */
  flags: readonly { sequence: number; flag: Flag }[];
};

/** The samples of one series, and what has been found in them. Each sample gets one verdict. */
export class Series {
  readonly name: string;
  readonly samples: SampleBuffer;
  readonly history = new History();
  readonly #verdictIntervalMs: number;
  readonly #activeHoldMs: number;
  /** Samples before this sequence number have had their verdict, or were dropped. */
  #judged = 0;
  #flagged = 0;
  #lastFlag: Flag | undefined;
  #lastFlagJudgedAtMs = Number.NEGATIVE_INFINITY;
  #activeSinceMs = Number.NEGATIVE_INFINITY;
  #verdict: Verdict | undefined;
  #state: State = "warming_up";
  #newest: Sample;
  #judgedAtMs: number;
  #blindMs = 0;

  constructor(name: string, first: Sample, options: SeriesOptions) {
    this.name = name;
    this.samples = new SampleBuffer(options.capacity);
    this.samples.push(first);
    this.history.push(first);
    this.#verdictIntervalMs = options.verdictIntervalMs;
    this.#activeHoldMs = options.activeHoldMs;
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

  /** When the verdict on the last flag came. */
  get lastFlagJudgedAtMs(): number {
    return this.#lastFlagJudgedAtMs;
  }

  /** When the first sample of the event was taken that the last flag belongs to. */
  get activeSinceMs(): number {
    return this.#activeSinceMs;
  }

  /** The last verdict; undefined before the first one. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  get state(): State {
    return this.#state;
  }

  /** The sequence number of the first sample that waits for its verdict. */
  get judged(): number {
    return this.#judged;
  }

  /** Samples that wait for their verdict. */
  get backlog(): number {
    return this.samples.pushed - this.#judged;
  }

  /** @returns how many samples were given up without a verdict: 0 or 1 */
  push(sample: Sample): number {
    this.samples.push(sample);
    this.history.push(sample);
    this.#newest = sample;
    if (this.#judged >= this.samples.oldest) return 0;
    this.#judged = this.samples.oldest;
    return 1;
  }

  /**
   * Takes verdicts. A sample that had its verdict keeps it.
   * @returns the flags that are new
   */
  judge({ from, end, verdictOf, state, flags }: Verdicts, nowMs: number): Flag[] {
    if (end <= this.#judged) return [];
    this.#blindMs += this.#blindSince(nowMs);
    this.#judgedAtMs = nowMs;
    const fresh = flags.filter(({ sequence }) => sequence >= this.#judged);
    const shown = Math.max(this.#judged, from, this.history.oldest);
    for (let sequence = shown; sequence < end; sequence++) {
      this.history.judge(sequence, verdictOf(sequence));
    }
    for (const { sequence } of fresh) this.history.flag(sequence);
    this.#judged = end;
    this.#flagged += fresh.length;
    this.#verdict = verdictOf(end - 1);
    this.#state = state;
    for (const { flag } of fresh) {
      const { timeMs } = flag.sample;
      const before = this.#lastFlag?.sample.timeMs ?? Number.NEGATIVE_INFINITY;
      if (timeMs - before > this.#activeHoldMs) this.#activeSinceMs = timeMs;
      this.#lastFlag = flag;
      this.#lastFlagJudgedAtMs = nowMs;
    }
    return fresh.map(({ flag }) => flag);
  }

  /** Time without verdicts since the start: the waits that took over twice as long as is due. */
  blindMs(nowMs: number): number {
    return this.#blindMs + this.#blindSince(nowMs);
  }

  #blindSince(nowMs: number): number {
    const waited = nowMs - this.#judgedAtMs;
    return waited > 2 * this.#verdictIntervalMs ? waited - this.#verdictIntervalMs : 0;
  }
}
