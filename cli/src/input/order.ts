import { InputError } from "../errors.ts";
import { MAX_SERIES, type Sample } from "../sample.ts";
import { formatTime } from "./time.ts";

type Last = { timeMs: number; value: number; position: number };
type Refused = Sample & { position: number; last: Last };

/** Refuses rows whose time is not after that of the row before in their series. */
export class Order {
  readonly #unit: string;
  readonly #hint: string;
  readonly #last = new Map<string, Last>();
  #accepted = 0;
  #refused = 0;
  #firstRefused: Refused | undefined;

  /**
   * @param unit what positions count: `line`, or `value`
   * @param hint what to do when there are too many series
   */
  constructor(unit: string, hint: string) {
    this.#unit = unit;
    this.#hint = hint;
  }

  /**
   * @param position where the row is, from 1
   * @returns whether its time is after the last one accepted in its series
   * @throws InputError when there are too many series
   */
  accepts({ series, timeMs, value }: Sample, position: number): boolean {
    const last = this.#last.get(series);
    if (last !== undefined && timeMs <= last.timeMs) {
      // The same row again says nothing about the order.
      if (timeMs === last.timeMs && value === last.value) return false;
      this.#refused += 1;
      this.#firstRefused ??= { series, timeMs, value, position, last: { ...last } };
      return false;
    }
    this.#accepted += 1;
    if (last === undefined) {
      if (this.#last.size >= MAX_SERIES) {
        throw new InputError(
          `${this.#unit} ${position}: more than ${MAX_SERIES} series: ${this.#hint}`,
        );
      }
      this.#last.set(series, { timeMs, value, position });
    } else {
      last.timeMs = timeMs;
      last.value = value;
      last.position = position;
    }
    return true;
  }

  /**
   * A few rows out of order are skipped, as when the clocks change. When they are the rule, the
   * rows are not sorted, or are those of several series.
   * @throws InputError
   */
  check(): void {
    if (this.#firstRefused === undefined || this.#refused < this.#accepted) return;
    const { series, timeMs, position, last } = this.#firstRefused;
    const ofSeries = series === "" ? "" : ` (series ${JSON.stringify(series)})`;
    const where = `${this.#unit} ${position}${ofSeries}`;
    const before = `${formatTime(last.timeMs)} of ${this.#unit} ${last.position}`;
    throw new InputError(
      timeMs === last.timeMs
        ? `${where}: the time repeats the ${before}, as most do: if there are several series, name their columns with --series`
        : `${where}: the time ${formatTime(timeMs)} is before the ${before}, and most are like that: sort the rows by time`,
    );
  }
}
