import { Events } from "@outliers/detection/event";
import type { Judgement } from "@outliers/detection/method";
import type { Sample } from "../sample.ts";

/** The outliers of one series, and the events that they make. */
export class Tally {
  outliers = 0;
  events = 0;
  /** The longest time from the first outlier of an event to its last, in ms. */
  longestMs = 0;
  /** The outlier of the highest score. */
  peak: { timeMs: number; value: number; score: number } | undefined;
  readonly #events = new Events();
  #firstMs = 0;

  /** Counts the outliers among the next samples of the series. */
  push(
    samples: readonly Sample[],
    { outliers, score }: Pick<Judgement, "outliers" | "score">,
    intervalMs: number,
  ): void {
    const phases = this.#events.push(outliers, samples.length, intervalMs);
    for (const [at, position] of outliers.entries()) {
      const sample = samples[position];
      if (!sample) continue;
      const { timeMs, value } = sample;
      this.outliers += 1;
      if (phases[at] === "begins") {
        this.events += 1;
        this.#firstMs = timeMs;
      }
      this.longestMs = Math.max(this.longestMs, timeMs - this.#firstMs);
      if (score(position) > (this.peak?.score ?? 0)) {
        this.peak = { timeMs, value, score: score(position) };
      }
    }
  }
}
