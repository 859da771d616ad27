import { Channel, type Memory } from "./channel.ts";
import type { Fields } from "./checkpoint.ts";
import { LONGEST_MEAN, MEANS, Recent } from "./means.ts";
import { extend, type Ranges } from "./ranges.ts";

/** The mean that is farthest from what is known, and the channel that it is of. */
export type Rarest = { channel: Channel; mean: number };

/** On the way from the level to a stretch and back, a sample may be taken anywhere. */
const isNever = (): boolean => false;

/** The values of a series and their means, each seen by a channel. */
export class Channels {
  /** That of the values themselves. */
  readonly values = new Channel(0, MEANS[0]);
  readonly #all = [this.values, new Channel(1, MEANS[1]), new Channel(2, MEANS[2])];
  readonly #recent = new Recent();
  #rarest: Rarest = { channel: this.values, mean: 0 };

  /** Of the last value. */
  get rarest(): Rarest {
    return this.#rarest;
  }

  /** Whether a mean of the last value was rare, but for what is known of its time of day. */
  get isNovel(): boolean {
    return this.#all.some((channel) => channel.isNovel);
  }

  set tailShare(share: number) {
    for (const channel of this.#all) channel.tailShare = share;
  }

  /** Learns the first values. */
  learn(values: readonly number[]): void {
    const means = values.map((value) => {
      this.#recent.push(value);
      return this.#all.map(({ length }) => this.#recent.mean(length));
    });
    for (const [view, channel] of this.#all.entries())
      channel.learn(
        means.map((of) => of[view] ?? 0),
        LONGEST_MEAN,
      );
  }

  /**
   * Judges a value, and learns from it.
   * @param level of the values before
   * @returns the mean rarity of its means, in decades
   */
  update(value: number, level: number, now: number, memory: Memory): number {
    this.#recent.push(value);
    memory.visits.current = { value, gap: this.values.known.distance(value) };
    let total = 0;
    let max = 0;
    this.#rarest = { channel: this.values, mean: value };
    for (const channel of this.#all) {
      const mean = this.#recent.mean(channel.length);
      const decades = channel.update(mean, mean > level, now, memory);
      total += decades;
      if (decades <= max) continue;
      max = decades;
      this.#rarest = { channel, mean };
    }
    return total / this.#all.length;
  }

  /** Takes in what lies between the level of the series and what a stretch of values reaches. */
  extend(ranges: Ranges, values: readonly number[], level: number): void {
    const recent = new Recent();
    const around = Array.from({ length: LONGEST_MEAN }, () => level);
    for (const value of [...around, ...values, ...around]) {
      recent.push(value);
      for (const [view, channel] of this.#all.entries()) {
        const mean = recent.mean(channel.length);
        const margin = channel.marginOf(mean, level);
        extend(ranges, view, mean - margin, isNever);
        extend(ranges, view, mean + margin, isNever);
      }
    }
  }

  endVisit(): void {
    for (const channel of this.#all) channel.endVisit();
  }

  /** Forgets what was not seen for as many generations. */
  turn(generations: number): void {
    // More than two turns forget all, as two do.
    for (const channel of this.#all)
      for (let turn = 0; turn < Math.min(2, generations); turn++) channel.turn();
  }

  fade(factor: number): void {
    for (const channel of this.#all) channel.fade(factor);
  }

  fields(fields: Fields): void {
    this.#recent.fields(fields);
    for (const channel of this.#all) channel.fields(fields);
  }
}
