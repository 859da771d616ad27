import type { Fields } from "./checkpoint.ts";

/** Numbers beyond this, in units of a series' own changes, are all the same. */
const GREATEST_UNITS = 1e30;

/**
 * Values as differences from the first one, in units of about the first change: so no verdict
 * depends on the unit of the series, and small changes of a large counter keep their digits.
 */
export class Units {
  #origin: number | undefined;
  #unit = 0;

  /** Whether no value has differed from the first one. */
  get isConstant(): boolean {
    return this.#unit === 0;
  }

  fields(fields: Fields): void {
    const any = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
    this.#origin = fields.optional(this.#origin, any);
    this.#unit = fields.number(this.#unit, { min: 0, max: Number.MAX_VALUE });
  }

  from(value: number): number {
    this.#origin ??= value;
    const difference = value - this.#origin;
    // A power of two, so that the division rounds nothing.
    if (this.#unit === 0 && difference !== 0) {
      this.#unit = 2 ** Math.min(1023, Math.floor(Math.log2(Math.abs(difference))));
    }
    const units = this.#unit === 0 ? 0 : difference / this.#unit;
    return Math.min(GREATEST_UNITS, Math.max(-GREATEST_UNITS, units));
  }

  to(units: number): number {
    const value = (this.#origin ?? 0) + units * this.#unit;
    return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
  }
}
