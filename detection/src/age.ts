import { ANY_TIME, type Fields } from "./checkpoint.ts";
import { DAY_MS } from "./durations.ts";

/** How old a series is, in civil time, and when its days and generations end. */
export class Age {
  #began: number | undefined;
  /** The last day, and the one on which the generation began, since the Unix epoch. */
  #day = 0;
  #generation = 0;

  /** Since the first sample, in ms. */
  at(now: number): number {
    return now - (this.#began ?? now);
  }

  /** Takes the time of a sample: how many days have ended, and how many generations. */
  update(now: number, generationDays: number): { days: number; generations: number } {
    const day = Math.floor(now / DAY_MS);
    if (this.#began === undefined) {
      this.#began = now;
      this.#day = day;
      this.#generation = day;
    }
    if (day === this.#day) return NOTHING;
    const days = Math.max(0, day - this.#day);
    this.#day = day;
    const generations = Math.max(0, Math.floor((day - this.#generation) / generationDays));
    if (generations > 0) this.#generation = day;
    return { days, generations };
  }

  fields(fields: Fields): void {
    this.#began = fields.optional(this.#began, ANY_TIME);
    this.#day = fields.number(this.#day, ANY_TIME);
    this.#generation = fields.number(this.#generation, ANY_TIME);
  }
}

const NOTHING = { days: 0, generations: 0 } as const;
