import type { Fields } from "./checkpoint.ts";

/** The means that are looked at: steps and drifts show in those over several values. */
export const MEANS = [1, 3, 20] as const;
export const LONGEST_MEAN = 20;

/** The last values of a series. */
export class Recent {
  readonly #values: number[] = [];

  push(value: number): void {
    this.#values.push(value);
    if (this.#values.length > LONGEST_MEAN) this.#values.shift();
  }

  // Summed again each time: a running sum would drift, and depend on what came long before.
  /** The mean of the last values, or of all if there are fewer. */
  mean(length: number): number {
    const first = Math.max(0, this.#values.length - length);
    let sum = 0;
    for (let at = first; at < this.#values.length; at++) sum += this.#values[at] ?? 0;
    return sum / (this.#values.length - first);
  }

  fields(fields: Fields): void {
    listFields(fields, this.#values, LONGEST_MEAN);
  }
}

/** A list of values in units of their series. */
export function listFields(fields: Fields, list: number[], maxLength: number): void {
  list.length = fields.integer(list.length, maxLength);
  for (let at = 0; at < list.length; at++)
    list[at] = fields.number(list[at] ?? 0, { min: -1e30, max: 1e30 });
}
