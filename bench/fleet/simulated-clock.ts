import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@outliers/collector/clock";

/** Shorter sleeps let others work, and take their time. */
const MIN_SIMULATED_MS = 1000;

/** A clock that moves when it is told to. */
export class SimulatedClock implements Clock {
  #nowMs: number;
  #sleepers: { untilMs: number; wake: () => void }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now = (): number => this.#nowMs;

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (durationMs < MIN_SIMULATED_MS) {
      await delay(1, undefined, { signal });
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#sleepers.push({ untilMs: this.#nowMs + durationMs, wake: resolve });
    await promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** Wakes those whose time has come. */
  advanceTo(timeMs: number): void {
    this.#nowMs = timeMs;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= timeMs);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > timeMs);
    for (const { wake } of due) wake();
  }
}
