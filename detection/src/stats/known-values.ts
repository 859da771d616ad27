/** Values that are too old are looked for each time that so many were added. */
const EXPIRY_INTERVAL = 64;

/**
 * What values have been seen: at most `capacity` of them, each with when it was last seen. When
 * there are more, the older of the two nearest to each other goes, because the one that stays
 * stands for it. 12 bytes a value.
 */
export class KnownValues {
  readonly #capacity: number;
  readonly #maxAge: number;
  /** Ascending. */
  readonly #values: Float64Array;
  /** How many values had been added by then. */
  readonly #seenAt: Uint32Array;
  #size = 0;
  #added = 0;
  /** No two known values are nearer to each other, once there are as many as may be. */
  #spacing = 0;

  /** @param maxAge after how many further values one that was not seen again is forgotten */
  constructor(capacity: number, maxAge: number) {
    this.#capacity = capacity;
    this.#maxAge = maxAge;
    this.#values = new Float64Array(capacity + 1);
    this.#seenAt = new Uint32Array(capacity + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** NaN when nothing is known. */
  get least(): number {
    return this.#size === 0 ? Number.NaN : (this.#values[0] ?? 0);
  }

  get greatest(): number {
    return this.#size === 0 ? Number.NaN : (this.#values[this.#size - 1] ?? 0);
  }

  /** The distance to the nearest known value; Infinity when nothing is known. */
  distance(value: number): number {
    const rank = this.#nearestRank(value);
    return rank < 0 ? Number.POSITIVE_INFINITY : Math.abs(value - (this.#values[rank] ?? 0));
  }

  /** Whether a known value lies between the two, or is one of the two. */
  hasBetween(least: number, greatest: number): boolean {
    const rank = this.#lowerBound(least);
    return rank < this.#size && (this.#values[rank] ?? 0) <= greatest;
  }

  add(value: number): void {
    this.#added += 1;
    if (this.#added % EXPIRY_INTERVAL === 0) this.#forgetOld();
    const rank = this.#nearestRank(value);
    const distance = Math.abs(value - (this.#values[rank] ?? 0));
    const isFull = this.#size === this.#capacity;
    if (rank >= 0 && (distance === 0 || (isFull && distance <= this.#spacing))) {
      this.#values[rank] = value;
      this.#seenAt[rank] = this.#added;
      return;
    }
    this.#insert(this.#lowerBound(value), value);
    if (this.#size > this.#capacity) this.#mergeNearest();
    else this.#spacing = 0;
  }

  #insert(rank: number, value: number): void {
    this.#values.copyWithin(rank + 1, rank, this.#size);
    this.#seenAt.copyWithin(rank + 1, rank, this.#size);
    this.#values[rank] = value;
    this.#seenAt[rank] = this.#added;
    this.#size += 1;
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
    const isLowerNewer = (this.#seenAt[upper] ?? 0) < (this.#seenAt[upper - 1] ?? 0);
    const older = isLowerNewer ? upper : upper - 1;
    this.#values.copyWithin(older, older + 1, this.#size);
    this.#seenAt.copyWithin(older, older + 1, this.#size);
    this.#size -= 1;
  }

  #forgetOld(): void {
    let kept = 0;
    for (let rank = 0; rank < this.#size; rank++) {
      const seenAt = this.#seenAt[rank] ?? 0;
      if (this.#added - seenAt > this.#maxAge) continue;
      this.#values[kept] = this.#values[rank] ?? 0;
      this.#seenAt[kept] = seenAt;
      kept += 1;
    }
    this.#size = kept;
  }

  #nearestRank(value: number): number {
    const above = this.#lowerBound(value);
    if (above === this.#size) return this.#size - 1;
    if (above === 0) return 0;
    const up = (this.#values[above] ?? 0) - value;
    const down = value - (this.#values[above - 1] ?? 0);
    return up < down ? above : above - 1;
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
