import type { SeriesDescription } from "../series.ts";

/** A value of a series. */
export type Reading = {
  series: SeriesDescription;
  value: number;
  /** When it was sampled, if not when the read was due. */
  timeMs?: number;
};

/**
 * Where samples come from; each source has a schedule of its own. A read without data yet, such as
 * the first one of a rate, returns no readings; a read that fails rejects.
 */
export type Source = {
  name: string;
  /** The time between two reads; they are aligned to the wall clock. */
  intervalMs: number;
  /** How long a read may take. */
  deadlineMs: number;
  /** @param signal aborts when the deadline has passed */
  read(signal: AbortSignal): Promise<readonly Reading[]>;
};
