import type { Clock } from "./clock.ts";

/** A point of the clock's grid, and how many points before it passed without a tick. */
export type Tick = { timeMs: number; missed: number };

/** So late comes no consumer: the clock was set ahead, or the machine was suspended. */
const MAX_LATE_MS = 3_600_000;

/**
 * Ticks on the multiples of an interval on the wall clock, without drift. A consumer that comes
 * late gets the newest point, once, with the number of points that it missed. A clock that is set
 * goes on from where it is now: nothing was missed then. Ends when the signal aborts.
 */
export async function* ticks(
  intervalMs: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Tick, void> {
  let next = gridAtOrBefore(clock.now(), intervalMs) + intervalMs;
  while (!signal.aborted) {
    let now = clock.now();
    // A timer may fire early; a clock that was set back would leave us asleep for that long.
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
