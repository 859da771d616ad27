import { InputError } from "../errors.ts";
import { MAX_SERIES } from "../sample.ts";
import { formatTime } from "./time.ts";

/** Holds the rows of each series to rising times, and the series to a number that memory bears. */
export class Order {
  readonly #last = new Map<string, { timeMs: number; line: number }>();

  /**
   * @param line where the row is, from 1
   * @throws InputError when the row is not after the one before it in its series
   */
  check(series: string, timeMs: number, line: number): void {
    const last = this.#last.get(series);
    if (last === undefined) {
      if (this.#last.size >= MAX_SERIES) {
        throw new InputError(
          `line ${line}: more than ${MAX_SERIES} series: is --series the column that names them?`,
        );
      }
      this.#last.set(series, { timeMs, line });
      return;
    }
    if (timeMs <= last.timeMs) {
      const where = `line ${line}${series === "" ? "" : ` (series ${JSON.stringify(series)})`}`;
      const before = `${formatTime(last.timeMs)} of line ${last.line}`;
      throw new InputError(
        timeMs === last.timeMs
          ? `${where}: the time is the ${before} again: each row of a series needs a time of its own${series === "" ? "; if there are several series, name their column with --series" : ""}`
          : `${where}: the time ${formatTime(timeMs)} is before the ${before}: sort the rows by time`,
      );
    }
    last.timeMs = timeMs;
    last.line = line;
  }
}
