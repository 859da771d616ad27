import type { Fields } from "./checkpoint.ts";
import type { Cause } from "./reason.ts";

/** Before so many values, nobody knows whether the series ever stands still. */
const MIN_SEEN = 1000;
/** A run of equal values that is so long, and so many times as long as any before, is one too long. */
const MIN_RUN = 25;
const MIN_RUN_MS = 120_000;
const TIMES = 4;
/** So many of them, with fewer values between two, are how the series is now. */
const ODD_TO_LEARN = 3;
const NEAR = 2000;

/** How long values are equal at most. */
export function longestRun(values: Float64Array): number {
  let run = 0;
  let longest = 0;
  for (const [at, value] of values.entries()) {
    run = value === values[at - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Runs of equal values, on a series that never stood still: a sensor that is stuck. */
export class Standstill {
  #last: number | undefined;
  #run = 0;
  #longest = 1;
  #seen = 0;
  /** Runs that were too long, each soon after the one before. */
  #oddRuns = 0;
  #sinceOdd = NEAR;
  /** Of the values: at these, such as 0 or 100 %, many series stand still. */
  #min = Number.MAX_VALUE;
  #max = -Number.MAX_VALUE;

  /** Above 1 when it stands still for too long. */
  score = 0;

  /** Why that is news. */
  get cause(): Cause {
    return { kind: "standstill", run: this.#run, longest: this.#longest };
  }

  /** @param normalRun how long it may be, by what somebody said */
  update(value: number, normalRun: number, intervalMs: number): void {
    const minRun = Math.max(MIN_RUN, MIN_RUN_MS / intervalMs);
    if (value === this.#last) this.#run += 1;
    else {
      this.#learn(minRun);
      this.#run = 1;
      this.#last = value;
    }
    this.#sinceOdd = Math.min(NEAR, this.#sinceOdd + 1);
    this.#seen = Math.min(MIN_SEEN, this.#seen + 1);
    const isTold = this.#seen >= MIN_SEEN && value > this.#min && value < this.#max;
    const longest = Math.max(this.#longest, normalRun);
    this.score = isTold ? this.#run / Math.max(minRun, TIMES * longest) : 0;
  }

  /** The run is over. One that was too long teaches nothing, unless they come often. */
  #learn(minRun: number): void {
    const value = this.#last;
    if (value === undefined) return;
    const isInside = value > this.#min && value < this.#max;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    // The first ones tell how the series is; later, only those that could have been news.
    if (this.#seen < MIN_SEEN) this.#longest = Math.max(this.#longest, this.#run);
    if (!isInside) return;
    const isOdd = this.#run > Math.max(minRun, TIMES * this.#longest);
    if (isOdd) {
      this.#oddRuns = this.#sinceOdd < NEAR ? this.#oddRuns + 1 : 1;
      this.#sinceOdd = 0;
    }
    if (!isOdd || this.#oddRuns >= ODD_TO_LEARN) this.#longest = Math.max(this.#longest, this.#run);
  }

  fields(fields: Fields): void {
    const any = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
    this.#min = fields.number(this.#min, any);
    this.#max = fields.number(this.#max, any);
    this.#last = fields.optional(this.#last, any);
    this.#run = fields.integer(this.#run, Number.MAX_SAFE_INTEGER);
    this.#longest = fields.integer(this.#longest, Number.MAX_SAFE_INTEGER);
    this.#seen = fields.integer(this.#seen, MIN_SEEN);
    this.#oddRuns = fields.integer(this.#oddRuns, Number.MAX_SAFE_INTEGER);
    this.#sinceOdd = fields.integer(this.#sinceOdd, NEAR);
  }
}
