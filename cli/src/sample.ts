/** One value of one series; the time is in ms since the Unix epoch. */
export type Sample = { series: string; timeMs: number; value: number };

/** Samples that were read in one go, in order of time within each series. */
export type Batch = {
  samples: Sample[];
  /** Rows among them that have no value, and are left out. */
  skipped: number;
  /** How much of the source has been read by now, from 0 to 1; undefined when its size is unknown. */
  progress?: number | undefined;
};

/** Each series has a state of its own: a wrong column must not fill the memory with them. */
export const MAX_SERIES = 1000;
