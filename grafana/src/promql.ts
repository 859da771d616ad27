/**
 * A selector of a metric, narrowed to what is chosen on the dashboard.
 * @param matchers more matchers, such as `series="load1"`
 */
export const select = (metric: string, ...matchers: string[]): string =>
  `${metric}{${['job=~"$job"', 'instance=~"$instance"', ...matchers].join(", ")}}`;

export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

/** Events of a counter per minute: one outlier a minute is more readable than 0.0167 a second. */
export const perMinute = (selector: string): string => `60 * ${rate(selector)}`;

export const quantile = (q: number, histogram: string, ...matchers: string[]): string =>
  `histogram_quantile(${q}, sum by (le) (${rate(select(`${histogram}_bucket`, ...matchers))}))`;

/**
 * `up` of every process of a kind that Prometheus knows, the dead ones too.
 *
 * A dead process exports nothing that tells its kind, and scrape jobs have any name. So this takes
 * every target of those jobs that had such a process in the last day, looked for as often as
 * Prometheus looks back: each sample of the day would cost a hundred times as much.
 */
const upOf = (buildInfo: string) => {
  const info = select(buildInfo);
  // A process that is minutes old may not have been there at the last of these times.
  const jobs = `group by (job) (${info} @ end() or last_over_time(${info}[1d:5m] @ end()))`;
  const up = select("up");
  return {
    now: `(${up} and on (job) ${jobs})`,
    atEnd: `(${up} @ end() and on (job) ${jobs})`,
    lowest: `(min_over_time(${up}[$__rate_interval]) and on (job) ${jobs})`,
  };
};

export const collectorsUp = upOf("collector_build_info");
export const detectorsUp = upOf("detector_build_info");

/** A count that is 0 where nothing is found among what is there, and absent where nothing is. */
export const countOf = (found: string, among: string): string =>
  `count(${found}) or 0 * group(${among})`;

/**
 * The series with an outlier since the step before.
 *
 * `outliers_active` would mark every point for ACTIVE_HOLD after an outlier, and an increase over
 * `$__rate_interval`, four scrapes at least, would mark four points. The time of the last outlier
 * moves exactly once for each, so that comparing it with one step earlier marks exactly one point,
 * whatever the zoom, and misses none.
 */
export const newOutliers = (...matchers: string[]): string => {
  const last = select("outliers_last_outlier_timestamp_seconds", ...matchers);
  return `(${last} > ${last} offset $__interval)`;
};

/** The values that were outliers, each at the scrape that brings it. */
export const outlierValues = (...matchers: string[]): string =>
  byHost(
    `${select("outliers_last_outlier_value", ...matchers)} and on (job, instance, series) ${newOutliers(...matchers)}`,
  );

/** One value for each host, whatever other labels a scrape or a series adds. */
export const byHost = (expr: string): string => `max by (job, instance) (${expr})`;

/** A vector without the metric's name, so that tables of different metrics merge. */
export const unnamed = (expr: string): string => `sum without () (${expr})`;

/** How many hosts can be told apart as lines of a panel. */
const FEW_HOSTS = 5;
const LINES = 10;

// As of the end of the time range, which Prometheus evaluates once, not at each step.
const hostCount = `on () count(${collectorsUp.atEnd})`;

export const oneHost = `${hostCount} == 1`;
export const manyHosts = `${hostCount} > ${FEW_HOSTS}`;

/**
 * The hosts that are worth a line: those whose last outlier is in the time range, the latest first,
 * and all when there are few. Read from the last outlier's time, which costs one sample a host.
 */
export const shownHosts = (...matchers: string[]): string => {
  const last = select("outliers_last_outlier_timestamp_seconds", ...matchers);
  const latest = `topk(${LINES}, ${byHost(`1000 * ${last} @ end() > $__from`)})`;
  return `(${latest} or (${byHost(collectorsUp.atEnd)} and ${hostCount} <= ${FEW_HOSTS}))`;
};

/** As `expr`, of processes of the detector only: every process exports `process_*`. */
export const ofDetector = (expr: string): string =>
  `${expr} and on (job, instance) ${select("detector_build_info")}`;
