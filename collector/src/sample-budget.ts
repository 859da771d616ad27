/** So many samples fit into 160 MB; all series together keep no more. */
const ALL_SAMPLES = 10_000_000;
/** A series keeps so many at least: a read of its past has half of them. */
const MIN_CAPACITY = 1000;
/** Those that have had their verdicts are kept so that a recent period can be marked as normal. */
const MAX_KEPT = 2000;
/** Their share: the rest is for those since the last checkpoint, and those that wait for verdicts. */
const KEPT_SHARE = 0.3;
/** What the page draws: ten minutes at one sample per second. */
export const RECENT_SAMPLES = 600;
/** With more series than this it draws half as many of each. */
const MANY_SERIES = 5000;

/** How many samples each series may keep: the more series, the fewer. */
export class SampleBudget {
  readonly #maxCapacity: number;
  #series = 0;

  /** @param maxCapacity how many a series keeps at most, with or without a verdict */
  constructor(maxCapacity: number) {
    this.#maxCapacity = maxCapacity;
  }

  /** Notes that there are more series, or fewer. */
  add(series: number): void {
    this.#series += series;
  }

  /** With or without a verdict. */
  get capacity(): number {
    const share = Math.floor(ALL_SAMPLES / Math.max(1, this.#series));
    return Math.min(this.#maxCapacity, Math.max(MIN_CAPACITY, share));
  }

  /** Of those in the last checkpoint. */
  get kept(): number {
    return Math.min(MAX_KEPT, Math.floor(this.capacity * KEPT_SHARE));
  }

  /** For the page, with their verdicts. */
  get recent(): number {
    return this.#series > MANY_SERIES ? RECENT_SAMPLES / 2 : RECENT_SAMPLES;
  }
}
