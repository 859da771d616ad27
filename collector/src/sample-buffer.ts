import type { SampleBudget } from "./sample-budget.ts";

/** A value of a series at a time, in milliseconds since the Unix epoch. */
export type Sample = {
  timeMs: number;
  value: number;
  /** What it is compared with, if that is its peers: their median. */
  reference?: number | undefined;
};

/** What the detector gets: the value, or how far it is from its peers. */
export const scoredValue = ({ value, reference = 0 }: Sample): number => value - reference;

const FIRST_SIZE = 64;
/** A thousand series fill many buffers: doubling would leave nearly half of their memory empty. */
const GROWTH = 1.125;
/** A buffer gives memory back when so much of it is empty after an outage, or as there are more series. */
const SPARSE = 2;

/**
 * The newest samples by sequence number: as many as the budget has for a series, and none that were
 * trimmed. 16 bytes per sample, 24 with references, allocated as it grows.
 */
export class SampleBuffer {
  readonly #budget: Pick<SampleBudget, "capacity">;
  #timesMs = new Float64Array(0);
  #values = new Float64Array(0);
  /** Only of a series that has any: then each of its samples has one. */
  #references: Float64Array | undefined;
  #oldest = 0;
  #pushed = 0;

  constructor(budget: Pick<SampleBudget, "capacity">) {
    this.#budget = budget;
  }

  /** The sequence number of the oldest sample held. */
  get oldest(): number {
    return this.#oldest;
  }

  /** How many samples have been pushed: the sequence number of the next one. */
  get pushed(): number {
    return this.#pushed;
  }

  push({ timeMs, value, reference }: Sample): void {
    const { capacity } = this.#budget;
    const held = Math.min(this.#pushed - this.#oldest, capacity - 1);
    this.#oldest = this.#pushed - held;
    if (held === this.#values.length) {
      const grown = Math.ceil(GROWTH * held);
      this.#resize(Math.min(capacity, Math.max(FIRST_SIZE, grown)));
    }
    const at = this.#pushed % this.#values.length;
    this.#timesMs[at] = timeMs;
    this.#values[at] = value;
    if (reference !== undefined) {
      this.#references ??= new Float64Array(this.#values.length);
      this.#references[at] = reference;
    }
    this.#pushed += 1;
  }

  /** Drops the samples before a sequence number. */
  trim(sequence: number): void {
    this.#oldest = Math.min(this.#pushed, Math.max(this.#oldest, sequence));
    const held = Math.max(FIRST_SIZE, this.#pushed - this.#oldest);
    if (this.#values.length > SPARSE * held) this.#resize(held);
  }

  /** The sample with a sequence number in [oldest, pushed). */
  at(sequence: number): Sample {
    const at = sequence % this.#values.length;
    const sample = {
      timeMs: this.#timesMs[at] ?? Number.NaN,
      value: this.#values[at] ?? Number.NaN,
    };
    return this.#references ? { ...sample, reference: this.#references[at] } : sample;
  }

  /** The sequence number of the first sample after a time; `pushed` when there is none. */
  after(timeMs: number): number {
    let [low, high] = [this.#oldest, this.#pushed];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle).timeMs > timeMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #resize(size: number): void {
    const timesMs = new Float64Array(size);
    const values = new Float64Array(size);
    const references = this.#references && new Float64Array(size);
    for (let sequence = this.#oldest; sequence < this.#pushed; sequence++) {
      const sample = this.at(sequence);
      timesMs[sequence % size] = sample.timeMs;
      values[sequence % size] = sample.value;
      if (references) references[sequence % size] = sample.reference ?? 0;
    }
    this.#timesMs = timesMs;
    this.#values = values;
    this.#references = references;
  }
}
