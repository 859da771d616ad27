import type { SeriesDescription } from "../series.ts";

/** One value of one series. */
export type Reading = {
  series: SeriesDescription;
  value: number;
  /** When it was sampled, if that was not when the read was due. */
  timeMs?: number;
};

/**
 * Where samples come from, each on a schedule of its own. A read that has no data yet, such as the
 * first one of a rate, returns no reading; a read that fails rejects.
 */
export type Source = {
  name: string;
  /** The time between two reads, on the grid of the wall clock. */
  intervalMs: number;
  /** How long a read may take. */
  deadlineMs: number;
  /** @param signal aborts when the deadline has passed */
  read(signal: AbortSignal): Promise<readonly Reading[]>;
};
