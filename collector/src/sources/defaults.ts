import type { SeriesDescription } from "../series.ts";

/** What a series of a host has in common with the others of its source. */
export type SeriesDefaults = Pick<SeriesDescription, "direction" | "intervalMs"> & {
  /** In place of each series' own. */
  minDeviation: number | undefined;
};

/** A share in percent: what differs by less than two points is no outlier. */
export const percentSeries = (
  name: string,
  title: string,
  { direction, intervalMs, minDeviation = 2 }: SeriesDefaults,
): SeriesDescription => ({
  name,
  labels: {},
  title,
  unit: "percent",
  min: 0,
  max: 100,
  minDeviation,
  minRelativeDeviation: 0,
  direction,
  intervalMs,
});

/** Reads of a host's files take microseconds: what takes longer than this hangs. */
export const deadlineMs = (intervalMs: number): number =>
  Math.min(Math.max(intervalMs, 1000), 10_000);
