import type { SeriesDescription } from "../series.ts";

/** What all series of a source have in common. */
export type SeriesDefaults = Pick<SeriesDescription, "direction" | "intervalMs"> & {
  /** If set, replaces each series' own. */
  minDeviation: number | undefined;
};

/** Describes a share in percent: by default, a difference below two points is no outlier. */
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

/** How long a read may take. Reading a file in /proc takes microseconds: beyond this, it hangs. */
export const deadlineMs = (intervalMs: number): number =>
  Math.min(Math.max(intervalMs, 1000), 10_000);
