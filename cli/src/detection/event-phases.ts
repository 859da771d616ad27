import { type EventPhase, Events } from "@outliers/detection/event";
import type { Sample } from "../sample.ts";
import type { Outlier } from "./detector.ts";

/** The phases of outliers in the events of their series. */
export class EventPhases {
  readonly #events = new Map<string, Events>();
  readonly #intervalMs: number;

  /** @param intervalMs between two samples of a series */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /**
   * @param samples the next ones, of any series
   * @param outliers those of them that are outliers, in the same order
   * @returns the phase of each outlier
   */
  push(samples: readonly Sample[], outliers: readonly Outlier[]): EventPhase[] {
    const phases: EventPhase[] = [];
    for (const { series, timeMs } of samples) {
      const next = outliers[phases.length];
      const isOutlier = next?.series === series && next.timeMs === timeMs;
      let events = this.#events.get(series);
      if (!events) {
        events = new Events();
        this.#events.set(series, events);
      }
      phases.push(...events.push(isOutlier ? [0] : [], 1, this.#intervalMs));
    }
    return phases;
  }
}
