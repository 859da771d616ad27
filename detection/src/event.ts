/** An outlier this many samples or fewer after the one before it continues the event. */
export const EVENT_GAP_SAMPLES = 100;

/** Where an outlier is in its event. */
export type EventPhase = "begins" | "continues";

/**
 * Groups the outliers of one series into events, however long: an event is what people are told of,
 * and what the sensitivity counts.
 */
export class Events {
  #samplesSinceOutlier = Number.POSITIVE_INFINITY;

  /** Whether an outlier at the next sample would continue an event. */
  get isOpen(): boolean {
    return this.#samplesSinceOutlier < EVENT_GAP_SAMPLES;
  }

  /**
   * @param outliers positions among the next samples of the series, ascending
   * @param length how many samples these are
   * @returns the phase of each outlier
   */
  push(outliers: readonly number[], length: number): EventPhase[] {
    let position = -1;
    const phases = outliers.map((outlier): EventPhase => {
      this.#samplesSinceOutlier += outlier - position - 1;
      const phase = this.isOpen ? "continues" : "begins";
      this.#samplesSinceOutlier = 0;
      position = outlier;
      return phase;
    });
    this.#samplesSinceOutlier += length - position - 1;
    return phases;
  }
}
