const CAPACITY = 64;

/** The last 64 ranges of rare values that were visited, a few for each visit. 1 KiB. */
export class Visits {
  readonly #least = new Float64Array(CAPACITY);
  readonly #greatest = new Float64Array(CAPACITY);
  #pushed = 0;

  push(least: number, greatest: number): void {
    const at = this.#pushed % CAPACITY;
    this.#least[at] = least;
    this.#greatest[at] = greatest;
    this.#pushed += 1;
  }

  /**
   * The distance from a value to the k-th nearest visit, 0 within its range; Infinity when there
   * are fewer than k.
   * @param k small: it is a scan for each
   */
  distance(value: number, k: number): number {
    const size = Math.min(this.#pushed, CAPACITY);
    if (size < k) return Number.POSITIVE_INFINITY;
    const nearest = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
    for (let at = 0; at < size; at++) {
      const below = (this.#least[at] ?? 0) - value;
      const above = value - (this.#greatest[at] ?? 0);
      let distance = Math.max(0, below, above);
      for (let rank = 0; rank < k; rank++) {
        const held = nearest[rank] ?? 0;
        if (held <= distance) continue;
        nearest[rank] = distance;
        distance = held;
      }
    }
    return nearest[k - 1] ?? 0;
  }
}
