import type { Series } from "../../series.ts";
import type { Verdict } from "../../sink.ts";

/** A sample of a series and the detector's figures; those that it didn't report are NaN. */
export type ScoredSample = Verdict & {
  series: Series;
  timeMs: number;
  value: number;
  isOutlier: boolean;
};

const COLUMNS = 7;
const FIRST_SIZE = 1024;

/**
 * Scored samples in the order in which they were pushed; when it is full, the oldest give way. 64
 * bytes each, allocated as it grows.
 */
export class WriteQueue {
  readonly #capacity: number;
  #series: (Series | undefined)[] = [];
  #figures = new Float64Array(0);
  #first = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns the sample that was dropped to make room */
  push(scored: ScoredSample): ScoredSample | undefined {
    const dropped = this.#length === this.#capacity ? this.#shift() : undefined;
    if (this.#length === this.#series.length) this.#grow();
    this.#write((this.#first + this.#length) % this.#series.length, scored);
    this.#length += 1;
    return dropped;
  }

  /** Takes up to `max` of the oldest samples out of the queue. */
  take(max: number): ScoredSample[] {
    const taken: ScoredSample[] = [];
    while (taken.length < max) {
      const next = this.#shift();
      if (!next) break;
      taken.push(next);
    }
    return taken;
  }

  #shift(): ScoredSample | undefined {
    if (this.#length === 0) return undefined;
    const at = this.#first;
    const series = this.#series[at];
    this.#series[at] = undefined;
    this.#first = (at + 1) % this.#series.length;
    this.#length -= 1;
    return series && this.#read(at, series);
  }

  #write(at: number, { series, timeMs, value, isOutlier, ...verdict }: ScoredSample): void {
    const { score, expected, lower, upper } = verdict;
    this.#series[at] = series;
    this.#figures.set(
      [timeMs, value, score, expected, lower, upper, Number(isOutlier)],
      at * COLUMNS,
    );
  }

  #read(at: number, series: Series): ScoredSample {
    const column = (nth: number): number => this.#figures[at * COLUMNS + nth] ?? Number.NaN;
    return {
      series,
      timeMs: column(0),
      value: column(1),
      score: column(2),
      expected: column(3),
      lower: column(4),
      upper: column(5),
      isOutlier: column(6) === 1,
    };
  }

  #grow(): void {
    const [series, figures] = [this.#series, this.#figures];
    const size = Math.min(this.#capacity, Math.max(FIRST_SIZE, 2 * series.length));
    this.#series = Array.from({ length: size });
    this.#figures = new Float64Array(size * COLUMNS);
    for (let nth = 0; nth < this.#length; nth++) {
      const at = (this.#first + nth) % series.length;
      this.#series[nth] = series[at];
      this.#figures.set(figures.subarray(at * COLUMNS, (at + 1) * COLUMNS), nth * COLUMNS);
    }
    this.#first = 0;
  }
}
