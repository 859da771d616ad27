import type { Fields } from "../checkpoint.ts";

/**
 * What values have been seen: at most `capacity` of them, in single precision. When there are more,
 * the two nearest to each other become one. What was not seen for a generation, this one or the one
 * before, is forgotten. 5 bytes a value.
 */
export class KnownValues {
  readonly #capacity: number;
  /** Ascending. */
  readonly #values: Float32Array;
  /** 1 for those that were seen in this generation. */
  readonly #isFresh: Uint8Array;
  #size = 0;
  /** No two known values are nearer to each other, once there are as many as may be. */
  #spacing = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#values = new Float32Array(capacity + 1);
    this.#isFresh = new Uint8Array(capacity + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** NaN when nothing is known. */
  get min(): number {
    return this.#size === 0 ? Number.NaN : (this.#values[0] ?? 0);
  }

  get max(): number {
    return this.#size === 0 ? Number.NaN : (this.#values[this.#size - 1] ?? 0);
  }

  /** How far apart the nearest known values are, where some were given up. */
  get spacing(): number {
    return this.#spacing;
  }

  /** The greatest known value below, NaN if there is none. */
  below(value: number): number {
    return this.#values[this.#lowerBound(value) - 1] ?? Number.NaN;
  }

  /** The least known value that is not below, NaN if there is none. */
  above(value: number): number {
    const rank = this.#lowerBound(value);
    return rank < this.#size ? (this.#values[rank] ?? Number.NaN) : Number.NaN;
  }

  /** The distance to the nearest known value; Infinity when nothing is known. */
  distance(value: number): number {
    const above = this.#lowerBound(value);
    const up = above < this.#size ? (this.#values[above] ?? 0) - value : Number.POSITIVE_INFINITY;
    const down = above > 0 ? value - (this.#values[above - 1] ?? 0) : Number.POSITIVE_INFINITY;
    return Math.min(up, down);
  }

  /** Whether a known value lies between the two, or is one of the two. */
  hasBetween(low: number, high: number): boolean {
    const rank = this.#lowerBound(low);
    return rank < this.#size && (this.#values[rank] ?? 0) <= high;
  }

  /** @param value of single precision */
  add(value: number): void {
    const above = this.#lowerBound(value);
    const up = above < this.#size ? (this.#values[above] ?? 0) - value : Number.POSITIVE_INFINITY;
    const down = above > 0 ? value - (this.#values[above - 1] ?? 0) : Number.POSITIVE_INFINITY;
    const distance = Math.min(up, down);
    const isFull = this.#size === this.#capacity;
    if (distance === 0 || (isFull && distance <= this.#spacing)) {
      const rank = up < down || up === 0 ? above : above - 1;
      // A series that drifts is followed.
      if (above === 0 || above === this.#size) this.#values[rank] = value;
      this.#isFresh[rank] = 1;
      return;
    }
    this.#values.copyWithin(above + 1, above, this.#size);
    this.#isFresh.copyWithin(above + 1, above, this.#size);
    this.#values[above] = value;
    this.#isFresh[above] = 1;
    this.#size += 1;
    if (this.#size > this.#capacity) this.#mergeNearest();
    else this.#spacing = 0;
  }

  /** A new generation begins. */
  turn(): void {
    let kept = 0;
    for (let rank = 0; rank < this.#size; rank++) {
      if (this.#isFresh[rank] === 0) continue;
      this.#values[kept] = this.#values[rank] ?? 0;
      kept += 1;
    }
    this.#isFresh.fill(0);
    this.#size = kept;
    if (kept < this.#capacity) this.#spacing = 0;
  }

  fields(fields: Fields): void {
    this.#size = fields.integer(this.#size, this.#capacity);
    this.#spacing = fields.number(this.#spacing, { min: 0, max: Number.MAX_VALUE });
    fields.ascending(this.#values, this.#size);
    for (let rank = 0; rank < this.#size; rank += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) byte += (this.#isFresh[rank + bit] ?? 0) << bit;
      byte = fields.integer(byte, 255);
      for (let bit = 0; bit < 8 && rank + bit < this.#size; bit++)
        this.#isFresh[rank + bit] = (byte >> bit) & 1;
    }
  }

  #mergeNearest(): void {
    let spacing = Number.POSITIVE_INFINITY;
    let upper = 1;
    for (let rank = 1; rank < this.#size; rank++) {
      const here = (this.#values[rank] ?? 0) - (this.#values[rank - 1] ?? 0);
      if (here >= spacing) continue;
      spacing = here;
      upper = rank;
    }
    this.#spacing = spacing;
    // A fresh one stands for both.
    const gone = (this.#isFresh[upper] ?? 0) > (this.#isFresh[upper - 1] ?? 0) ? upper - 1 : upper;
    this.#values.copyWithin(gone, gone + 1, this.#size);
    this.#isFresh.copyWithin(gone, gone + 1, this.#size);
    this.#size -= 1;
    this.#isFresh[this.#size] = 0;
  }

  /** The first rank whose value is not below. */
  #lowerBound(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
