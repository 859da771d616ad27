import type { Clock } from "./clock.ts";

/** A multiple of the interval, and how many multiples before it passed without a tick. */
export type Tick = { timeMs: number; missed: number };

/** No consumer is this late: the clock was set forward, or the machine was suspended. */
const MAX_LATE_MS = 3_600_000;

/**
 * Ticks at the multiples of an interval on the wall clock, without drift. A late consumer gets only
 * the newest tick, with the number of ticks it missed. If the clock is set, ticks go on from the new
 * time, and none count as missed. Ends when the signal aborts.
 */
export async function* ticks(
  intervalMs: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Tick, void> {
  let next = gridAtOrBefore(clock.now(), intervalMs) + intervalMs;
  while (!signal.aborted) {
    let now = clock.now();
    // A timer may fire early. A clock that was set back would have us sleep for that long.
    while (now < next) {
      if (next - now > intervalMs) next = gridAtOrBefore(now, intervalMs) + intervalMs;
      try {
        await clock.sleep(next - now, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      now = clock.now();
    }
    const timeMs = gridAtOrBefore(now, intervalMs);
    const isSet = timeMs - next > Math.max(MAX_LATE_MS, 2 * intervalMs);
    yield { timeMs, missed: isSet ? 0 : (timeMs - next) / intervalMs };
    next = timeMs + intervalMs;
  }
}

function gridAtOrBefore(timeMs: number, intervalMs: number): number {
  return Math.floor(timeMs / intervalMs) * intervalMs;
}
