/** One value of one series; the time is in ms since the Unix epoch. */
export type Sample = { series: string; timeMs: number; value: number };

/** How many rows gave no sample, by the reason. */
export type Skipped = {
  withoutValue: number;
  /** The time is not after that of the row before it in its series. */
  outOfOrder: number;
};

/** Samples that were read in one go, in order of time within each series. */
export type Batch = {
  samples: Sample[];
  skipped: Skipped;
  /** How much of the source has been read so far, from 0 to 1; undefined if its size is unknown. */
  progress?: number | undefined;
};

export const addSkipped = (a: Skipped, b: Skipped): Skipped => ({
  withoutValue: a.withoutValue + b.withoutValue,
  outOfOrder: a.outOfOrder + b.outOfOrder,
});

/** Each series has a state of its own: naming the wrong column must not fill the memory. */
export const MAX_SERIES = 1000;
