import { setTimeout as delay } from "node:timers/promises";

/** Time as a dependency, so that tests control it. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: Date.now,
  async sleep(durationMs, signal) {
    await delay(durationMs, undefined, { signal });
  },
};
