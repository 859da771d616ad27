/** A value of a series at a time, in milliseconds since the Unix epoch. */
export type Sample = { timeMs: number; value: number };

const FIRST_SIZE = 64;

/** The last `capacity` samples by sequence number; 16 bytes per sample, allocated as it grows. */
export class SampleBuffer {
  readonly #capacity: number;
  #timesMs = new Float64Array(0);
  #values = new Float64Array(0);
  #pushed = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The sequence number of the oldest sample held. */
  get oldest(): number {
    return Math.max(0, this.#pushed - this.#capacity);
  }

  /** How many samples have been pushed: the sequence number of the next one. */
  get pushed(): number {
    return this.#pushed;
  }

  push({ timeMs, value }: Sample): void {
    const at = this.#pushed % this.#capacity;
    if (at >= this.#values.length) this.#grow();
    this.#timesMs[at] = timeMs;
    this.#values[at] = value;
    this.#pushed += 1;
  }

  /** The sample with a sequence number in [oldest, pushed). */
  at(sequence: number): Sample {
    const at = sequence % this.#capacity;
    return { timeMs: this.#timesMs[at] ?? Number.NaN, value: this.#values[at] ?? Number.NaN };
  }

  #grow(): void {
    const size = Math.min(this.#capacity, Math.max(FIRST_SIZE, 2 * this.#values.length));
    const grown = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(size);
      larger.set(old);
      return larger;
    };
    this.#timesMs = grown(this.#timesMs);
    this.#values = grown(this.#values);
  }
}
