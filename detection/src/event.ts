import type { Fields } from "./checkpoint.ts";

/** An outlier begins an event unless another one came within so many samples before it, */
const GAP_SAMPLES = 100;
/** or so many where these take longer than so long. */
const MIN_GAP_SAMPLES = 20;
const MAX_GAP_MS = 30 * 60_000;

/** Within how many samples outliers belong to one event. */
export function eventGap(intervalMs: number): number {
  return Math.min(GAP_SAMPLES, Math.max(MIN_GAP_SAMPLES, Math.floor(MAX_GAP_MS / intervalMs)));
}

export type EventPhase = "begins" | "continues";

/** The events of a series: outliers that belong together. `SENSITIVITY` is how many a day to expect. */
export class Events {
  #sinceOutlier = GAP_SAMPLES;

  /** Whether an outlier now would belong to an event that is under way. */
  isUnderWay(intervalMs: number): boolean {
    return this.#sinceOutlier < eventGap(intervalMs);
  }

  /**
   * Takes the next sample of the series.
   * @param intervalMs between samples
   * @returns the outlier's part in an event
   */
  update(isOutlier: boolean, intervalMs: number): EventPhase | undefined {
    const part = this.isUnderWay(intervalMs) ? "continues" : "begins";
    this.#sinceOutlier = isOutlier ? 0 : Math.min(GAP_SAMPLES, this.#sinceOutlier + 1);
    return isOutlier ? part : undefined;
  }

  /**
   * Takes the next samples of the series.
   * @param outliers positions among them, ascending
   * @param length how many samples these are
   * @returns the part of each outlier in an event
   */
  push(outliers: readonly number[], length: number, intervalMs: number): EventPhase[] {
    let position = -1;
    const phases = outliers.map((outlier): EventPhase => {
      this.#pass(outlier - position - 1);
      position = outlier;
      const phase = this.isUnderWay(intervalMs) ? "continues" : "begins";
      this.#sinceOutlier = 0;
      return phase;
    });
    this.#pass(length - position - 1);
    return phases;
  }

  #pass(samples: number): void {
    this.#sinceOutlier = Math.min(GAP_SAMPLES, this.#sinceOutlier + samples);
  }

  fields(fields: Fields): void {
    this.#sinceOutlier = fields.integer(this.#sinceOutlier, GAP_SAMPLES);
  }
}
