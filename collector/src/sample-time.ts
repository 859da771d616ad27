/** By more than this, a clock isn't slewed: it was wrong before, or is now. */
const MAX_STEP_BACK_MS = 60_000;

/**
 * The time of the sample of a tick, in a series whose newest sample has a time already: times rise.
 * After a small step back of the clock the samples stay close together until it has caught up.
 * @returns undefined after a large one: samples of the series are in the future, and can't stay
 */
export function sampleTime(tickMs: number, newestMs: number): number | undefined {
  if (tickMs > newestMs) return tickMs;
  return newestMs - tickMs > MAX_STEP_BACK_MS ? undefined : newestMs + 1;
}
