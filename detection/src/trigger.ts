import { CheckpointError, type Fields } from "./checkpoint.ts";

/** An outlier counts at most when it is the k-th among so many. */
const MAX_TRIGGER = 1000;

/**
 * Lets an outlier count when it is at least the k-th among the last n values of its series, itself
 * included: events rather than points. k = 1 lets every outlier count.
 */
export class Trigger {
  readonly #k: number;
  readonly #n: number;
  /** Sequence numbers of the last k outliers. */
  readonly #recent: number[] = [];
  #seen = 0;

  constructor({ k, n }: { k: number; n: number }) {
    this.#k = k;
    this.#n = n;
  }

  /**
   * @param outliers positions among the next values of the series, ascending
   * @param length how many values these are
   * @returns the positions of those that count
   */
  filter(outliers: readonly number[], length: number): readonly number[] {
    if (this.#k === 1) return outliers;
    const counting = outliers.filter((position) => {
      const sequence = this.#seen + position;
      this.#recent.push(sequence);
      if (this.#recent.length > this.#k) this.#recent.shift();
      const first = this.#recent[0] ?? sequence;
      return this.#recent.length === this.#k && first > sequence - this.#n;
    });
    this.#seen += length;
    return counting;
  }

  /** Only what lies within the last n samples matters: sequence numbers are kept relative to now. */
  fields(fields: Fields): void {
    const k = fields.integer(this.#k, MAX_TRIGGER);
    const n = fields.integer(this.#n, MAX_TRIGGER);
    if (k !== this.#k || n !== this.#n)
      throw new CheckpointError(
        `the checkpoint was made with the trigger ${k}/${n}, not ${this.#k}/${this.#n}`,
      );
    const ages = this.#recent
      .map((sequence) => this.#seen - sequence)
      .filter((age) => age <= this.#n);
    const length = fields.integer(ages.length, this.#k);
    const read = Array.from({ length }, (_, at) => fields.integer(ages[at] ?? 0, this.#n));
    this.#recent.splice(0, this.#recent.length, ...read.map((age) => this.#seen - age));
  }
}
