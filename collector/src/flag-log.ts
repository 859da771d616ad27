import type { Flag } from "./series.ts";

/** A flag and the name of its series. */
export type LoggedFlag = { series: string; flag: Flag };

/** The newest flags of all series, oldest first; each has a number, by which readers go on. */
export class FlagLog {
  readonly #capacity: number;
  readonly #flags: LoggedFlag[] = [];
  #pushed = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many flags there ever were: the number of the next one. */
  get pushed(): number {
    return this.#pushed;
  }

  push(flag: LoggedFlag): void {
    this.#flags.push(flag);
    if (this.#flags.length > this.#capacity) this.#flags.shift();
    this.#pushed += 1;
  }

  /** The flags from a number on, as far as they are still held. */
  since(number: number): readonly LoggedFlag[] {
    const oldest = this.#pushed - this.#flags.length;
    return this.#flags.slice(Math.max(0, number - oldest));
  }
}
