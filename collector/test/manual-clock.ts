import type { Clock } from "../src/clock.ts";

/** A clock that moves only when a test sets it or something sleeps on it. */
export class ManualClock implements Clock {
  #nowMs: number;
  /** How much longer each sleep takes than asked for. */
  sleepErrorMs = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now = (): number => this.#nowMs;

  set(timeMs: number): void {
    this.#nowMs = timeMs;
  }

  advance(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#nowMs += durationMs + this.sleepErrorMs;
  }
}
