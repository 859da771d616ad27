/**
 * A selector of a metric, narrowed to what is chosen on the dashboard.
 * @param matchers more matchers, such as `series="load1"`
 */
export const select = (metric: string, ...matchers: string[]): string =>
  `${metric}{${['job=~"$job"', 'instance=~"$instance"', ...matchers].join(", ")}}`;

/** As `select`, of one of the collector's families that have a label `series`. */
export const selectSeries = (metric: string, ...matchers: string[]): string =>
  select(metric, 'series=~"$series"', ...matchers);

export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

/** Events of a counter by minute: a single flag a minute is more readable than 0.0167 a second. */
export const perMinute = (selector: string): string => `60 * ${rate(selector)}`;

export const quantile = (q: number, histogram: string, ...matchers: string[]): string =>
  `histogram_quantile(${q}, sum by (le) (${rate(select(`${histogram}_bucket`, ...matchers))}))`;

/**
 * The series that got a flag since the step before.
 *
 * `outliers_active` would mark every point for ACTIVE_HOLD after a flag, and an increase over
 * `$__rate_interval`, four scrapes at least, would mark four points for one flag. The time of the
 * last flag moves exactly once per flag, so that comparing it with one step earlier marks exactly
 * one point, whatever the zoom, and misses none.
 */
export const newlyFlagged = (...matchers: string[]): string => {
  const last = select("outliers_last_flagged_timestamp_seconds", ...matchers);
  return `(${last} > ${last} offset $__interval)`;
};

/** The values that were flagged, each at the scrape that tells of it. */
export const flaggedValues = (...matchers: string[]): string =>
  `${select("outliers_last_flagged_value", ...matchers)} and on (job, instance, series) ${newlyFlagged(...matchers)}`;

/** One value for each series of each host, whatever other labels a scrape adds. */
export const bySeries = (metric: string): string =>
  `sum by (job, instance, series) (${selectSeries(metric)})`;

/** As `expr`, of processes of the detector only: every process exports `process_*`. */
export const ofDetector = (expr: string): string =>
  `${expr} and on (job, instance) ${select("detector_build_info")}`;
