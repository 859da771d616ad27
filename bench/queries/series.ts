/** The metric of the synthetic series. */
export const METRIC = "synthetic_load";
/** The job that scrapes them; its targets' instances are numbers. */
export const JOB = "synthetic";
/** What the path of a target begins with; its number follows. */
export const TARGETS_PATH = "/target/";
export const SERIES_PER_TARGET = 1000;

/** So many days' curves there are: who has learnt these knows all of the series. */
export const CURVES = 20;

const DAY_SECONDS = 86_400;

export const targetsOf = (series: number): number => Math.ceil(series / SERIES_PER_TARGET);

export const targetOf = (n: number): number => Math.floor(n / SERIES_PER_TARGET);

/** A day's curve, at another time of day than that of the next series, and noise. */
export function valueAt(n: number, seconds: number): string {
  const day = Math.sin(2 * Math.PI * (seconds / DAY_SECONDS + (n % CURVES) / CURVES));
  const noise = Math.random() + Math.random() + Math.random() - 1.5;
  return (50 + 20 * day + 4 * noise).toFixed(3);
}

/** The query that watches a target's series. */
export const queryOf = (target: number): string => `${METRIC}_${target}`;

/** The identity of a series in the collector. */
export const idOf = (n: number): string =>
  `${METRIC}{instance="${targetOf(n)}",job="${JOB}",n="${n}",query="${queryOf(targetOf(n))}"}`;
