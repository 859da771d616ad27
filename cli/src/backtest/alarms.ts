/** Outliers with fewer samples between them are one alarm: to people one event, however long. */
const ALARM_GAP_SAMPLES = 100;

/** Counts the outliers of one series, and the alarms that they make. */
export class Alarms {
  flags = 0;
  alarms = 0;
  /** The longest time from the first outlier of an alarm to its last, in ms. */
  longestMs = 0;
  #sample = 0;
  #lastSample = Number.NEGATIVE_INFINITY;
  #firstMs = 0;

  /** Takes the next sample of the series. */
  update(timeMs: number, isFlagged: boolean): void {
    this.#sample += 1;
    if (!isFlagged) return;
    this.flags += 1;
    if (this.#sample - this.#lastSample > ALARM_GAP_SAMPLES) {
      this.alarms += 1;
      this.#firstMs = timeMs;
    }
    this.#lastSample = this.#sample;
    this.longestMs = Math.max(this.longestMs, timeMs - this.#firstMs);
  }
}
