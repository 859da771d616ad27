import { Counter, type CounterConfiguration } from "prom-client";

/** One labelled count. */
export class Tally {
  #pending = 0;

  add(count = 1): void {
    this.#pending += count;
  }

  /** @returns what was added since it was taken last */
  take(): number {
    const taken = this.#pending;
    this.#pending = 0;
    return taken;
  }
}

/**
 * A counter for the hot path: an increment is an addition. That of prom-client builds and looks up a
 * key of the labels, a quarter of a microsecond each; it gets the sums when it is read.
 */
export class TalliedCounter<Label extends string> {
  readonly #tallies: { labels: Record<Label, string>; tally: Tally }[] = [];
  readonly #counter: Counter<Label>;

  constructor(config: CounterConfiguration<Label>) {
    const tallies = this.#tallies;
    this.#counter = new Counter({
      ...config,
      collect() {
        for (const { labels, tally } of tallies) this.inc(labels, tally.take());
      },
    });
  }

  /** The count of these labels, 0 from now on; to be asked for once, and kept. */
  of(labels: Record<Label, string>): Tally {
    const tally = new Tally();
    this.#tallies.push({ labels, tally });
    return tally;
  }

  get(): ReturnType<Counter<Label>["get"]> {
    return this.#counter.get();
  }
}
