import type { SeriesDescription } from "../series.ts";

/** What is read again of what is stored at most. Two of each day of the week; Prometheus keeps 15 days by default. */
export const MAX_PAST_MS = 14 * 86_400_000;
/** If the clock is set back by more than this, reading and series start over instead of waiting for it. */
export const MAX_STEP_BACK_INTERVALS = 10;

/** A value of a series. */
export type Reading = {
  series: SeriesDescription;
  value: number;
  /** When it was sampled, if not when the read was due. */
  timeMs?: number;
  /** What it is compared with, if that is its peers: their median. */
  reference?: number;
};

/** Whether a series that is compared with its peers has too few of them at this time. */
export const isAlone = ({ series, reference }: Reading): boolean =>
  series.typical !== undefined && reference === undefined;

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
  /** Only of a source that others store samples for. */
  stored?: StoredSource;
};

/** A source whose samples are stored elsewhere: it can be read again, and its series come and go. */
export type StoredSource = {
  /** The time of the newest samples that were read, whether there were any or not. */
  readUntilMs(): number;
  /** Whether more samples are there to read at once, as after an outage. */
  isBehind(): boolean;
  /**
   * Reads the samples of all its series again, in order of time.
   * @returns as many as one read may bring, and until when they are
   */
  readPast(
    fromMs: number,
    untilMs: number,
    signal: AbortSignal,
  ): Promise<{ readings: readonly Reading[]; untilMs: number }>;
  /** How many series are watched. */
  maxSeries: number;
  /** Whether a series that stops is an event. */
  isAbsenceAnEvent: boolean;
  /** What makes its series what they are: if it changes, they are others. */
  identity: string;
};
