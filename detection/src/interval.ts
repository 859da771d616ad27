import type { Fields } from "./checkpoint.ts";
import { median } from "./stats/median.ts";

/** So many differences between times are compared. */
const COMPARED = 50;
const YEAR_MS = 366 * 86_400_000;

/** The sampling interval of a series, measured: the median of the last differences of its times. */
export class Interval {
  readonly #differences = new Float64Array(COMPARED);
  #count = 0;
  #lastMs: number | undefined;
  #ms: number;
  /** Whether it is no hint any more. */
  #isMeasured = false;

  /** @param hintMs until it has been measured */
  constructor(hintMs: number) {
    this.#ms = hintMs;
  }

  get ms(): number {
    return this.#ms;
  }

  /** @returns whether the interval has changed */
  update(timeMs: number): boolean {
    const difference = this.#lastMs === undefined ? 0 : timeMs - this.#lastMs;
    this.#lastMs = timeMs;
    if (difference <= 0) return false;
    this.#differences[this.#count] = Math.min(difference, YEAR_MS);
    this.#count += 1;
    if (this.#count < COMPARED) return false;
    this.#count = 0;
    const measured = median(this.#differences);
    // Jitter changes nothing.
    if (this.#isMeasured && Math.abs(Math.log2(measured / this.#ms)) < 0.25) return false;
    this.#isMeasured = true;
    this.#ms = measured;
    return true;
  }

  fields(fields: Fields): void {
    this.#isMeasured = fields.flag(this.#isMeasured);
    this.#ms = fields.number(this.#ms, { min: 1e-6, max: YEAR_MS });
    this.#lastMs = fields.optional(this.#lastMs, { min: -1e18, max: 1e18 });
    this.#count = fields.integer(this.#count, COMPARED - 1);
    for (let at = 0; at < this.#count; at++)
      this.#differences[at] = fields.number(this.#differences[at] ?? 0, { min: 0, max: YEAR_MS });
  }
}
