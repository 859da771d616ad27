/** One value of one series, as of the time of the read. */
export type Reading = { series: string; value: number };

/**
 * Where samples come from. A read that has no data yet, such as the first of a rate, returns no
 * reading; a read that fails rejects.
 */
export type Source = { name: string; read(): Promise<readonly Reading[]> };

/** What the values of a series can be, by its name: none is negative, and `_percent` ends at 100. */
export const rangeOf = (series: string): { least: number; greatest: number } => ({
  least: 0,
  greatest: series.endsWith("_percent") ? 100 : Number.POSITIVE_INFINITY,
});
