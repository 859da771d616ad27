/**
 * The last `capacity` values that were pushed, in order of size, for searches by value; in single
 * precision, 8 bytes a value.
 */
export class SortedWindow {
  readonly #sorted: Float32Array;
  readonly #arrived: Float32Array;
  readonly #capacity: number;
  #size = 0;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#sorted = new Float32Array(capacity + 1);
    this.#arrived = new Float32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  push(value: number): void {
    const held = Math.fround(value);
    if (this.#size === this.#capacity) this.#remove(this.#arrived[this.#next] ?? 0);
    this.#arrived[this.#next] = held;
    this.#next = (this.#next + 1) % this.#capacity;
    const at = this.#lowerBound(held);
    this.#sorted.copyWithin(at + 1, at, this.#size);
    this.#sorted[at] = held;
    this.#size += 1;
  }

  /** The value at a rank from 0, the least, to size − 1; NaN when there is none. */
  at(rank: number): number {
    return rank < 0 || rank >= this.#size ? Number.NaN : (this.#sorted[rank] ?? 0);
  }

  /** The distance from a value to its k-th nearest one; Infinity when there are fewer than k. */
  distance(value: number, k: number): number {
    if (this.#size < k) return Number.POSITIVE_INFINITY;
    const held = Math.fround(value);
    let above = this.#lowerBound(held);
    let below = above - 1;
    let distance = 0;
    for (let found = 0; found < k; found++) {
      const down = below < 0 ? Number.POSITIVE_INFINITY : held - (this.#sorted[below] ?? 0);
      const up = above >= this.#size ? Number.POSITIVE_INFINITY : (this.#sorted[above] ?? 0) - held;
      distance = Math.min(down, up);
      if (down <= up) below -= 1;
      else above += 1;
    }
    return distance;
  }

  #remove(held: number): void {
    const at = this.#lowerBound(held);
    this.#sorted.copyWithin(at, at + 1, this.#size);
    this.#size -= 1;
  }

  /** The first rank whose value is not below. */
  #lowerBound(held: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? 0) < held) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
