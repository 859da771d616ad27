/** Outliers this near to the first of them are one alarm, as in docs/detection.md. */
const ALARM_SAMPLES = 100;

/** Counts the outliers of one series, and the alarms that they make. */
export class Alarms {
  flags = 0;
  alarms = 0;
  /** The longest time from the first outlier of an alarm to its last, in ms. */
  longestMs = 0;
  #sample = 0;
  #firstSample = Number.NEGATIVE_INFINITY;
  #firstMs = 0;

  /** Takes the next sample of the series. */
  update(timeMs: number, isFlagged: boolean): void {
    this.#sample += 1;
    if (!isFlagged) return;
    this.flags += 1;
    if (this.#sample - this.#firstSample > ALARM_SAMPLES) {
      this.alarms += 1;
      this.#firstSample = this.#sample;
      this.#firstMs = timeMs;
    }
    this.longestMs = Math.max(this.longestMs, timeMs - this.#firstMs);
  }
}
