/** The last `capacity` items that were pushed. */
export class RingBuffer<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  #pushed = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many items were ever pushed: the sequence number of the next one. */
  get pushed(): number {
    return this.#pushed;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items[this.#pushed % this.#capacity] = item;
    this.#pushed += 1;
  }

  /** Oldest first. */
  toArray(): T[] {
    const oldest = this.#pushed % this.#items.length || 0;
    return [...this.#items.slice(oldest), ...this.#items.slice(0, oldest)];
  }
}
