// @ts-check

/** As many as the collector keeps. */
const SAMPLES = 600;

/**
 * A `series` event: new samples from the sequence number `from` on, and verdicts from
 * `verdictsFrom` on. `isNew` for the first event of a series.
 * `scored` counts the verdicts so far.
 * @typedef {{
 *   id: string, state: string, scored: number, isNew: boolean,
 *   from: number, times: number[], values: number[],
 *   verdictsFrom: number, scores: (number | null)[],
 *   lower: (number | null)[], upper: (number | null)[], outliers: number[],
 * }} SeriesEvent
 */

/** The last samples of a series, in columns as uPlot takes them. */
export class Series {
  state = "warming_up";
  /** How many samples have had their verdicts. */
  scored = 0;
  /** The sequence number of the first sample. */
  #first = 0;
  /** @type {number[]} */
  times = [];
  /** @type {number[]} */
  values = [];
  /** @type {(number | null)[]} */
  scores = [];
  /** @type {(number | null)[]} */
  lower = [];
  /** @type {(number | null)[]} */
  upper = [];
  /** @type {(number | null)[]} */
  outliers = [];

  /** @param {SeriesEvent} event */
  apply(event) {
    this.state = event.state;
    this.scored = event.scored;
    // After a pause longer than the collector keeps samples there is a gap: start over.
    if (event.isNew || event.from > this.#first + this.times.length) this.#clear(event.from);
    for (const [index, time] of event.times.entries()) {
      this.times.push(time);
      this.values.push(event.values[index] ?? 0);
      for (const column of [this.scores, this.lower, this.upper, this.outliers]) column.push(null);
    }
    for (const [index, score] of event.scores.entries()) {
      const at = event.verdictsFrom + index - this.#first;
      if (at < 0) continue;
      this.scores[at] = score;
      this.lower[at] = event.lower[index] ?? null;
      this.upper[at] = event.upper[index] ?? null;
    }
    for (const sequence of event.outliers) {
      const at = sequence - this.#first;
      if (at >= 0) this.outliers[at] = this.values[at] ?? null;
    }
    this.#forget();
  }

  /** @param {number} first */
  #clear(first) {
    this.#first = first;
    for (const column of this.#columns()) column.length = 0;
  }

  #forget() {
    const count = Math.max(0, this.times.length - SAMPLES);
    this.#first += count;
    for (const column of this.#columns()) column.splice(0, count);
  }

  #columns() {
    return [this.times, this.values, this.scores, this.lower, this.upper, this.outliers];
  }

  /** The index of the newest sample with a verdict; -1 if there is none. */
  get newestScored() {
    return this.scores.findLastIndex((score) => score !== null);
  }
}
