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
}
