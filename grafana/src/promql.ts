const chosen = ['job=~"$job"', 'instance=~"$instance"'];

/**
 * A selector of a metric for the jobs and instances chosen on the dashboard; of series, only the hosts'
 * own: those of queries have a dashboard of their own.
 * @param matchers further matchers, such as `series="load1"`
 */
export const select = (metric: string, ...matchers: string[]): string => {
  const own = metric.startsWith("outliers_") ? ['query=""'] : [];
  return `${metric}{${[...chosen, ...own, ...matchers].join(", ")}}`;
};

/** A selector of a metric for the queries chosen on the dashboard, and for their series. */
export const selectQueries = (metric: string, ...matchers: string[]): string => {
  const ofSeries = metric.includes("outliers_") ? ['namespace=~"$namespace"'] : [];
  return `${metric}{${[...chosen, 'query=~"$query"', ...ofSeries, ...matchers].join(", ")}}`;
};

export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

/** A counter's rate per minute: 1 per minute is easier to read than 0.0167 per second. */
export const perMinute = (selector: string): string => `60 * ${rate(selector)}`;

export const quantile = (q: number, histogram: string, ...matchers: string[]): string =>
  `histogram_quantile(${q}, sum by (le) (${rate(select(`${histogram}_bucket`, ...matchers))}))`;

/**
 * `up` of every process of a kind that Prometheus knows, including those that are down.
 *
 * A process that is down exports nothing that shows its kind, and scrape jobs can have any name.
 * Therefore this selects all targets that had such a process within the last day, at intervals of
 * Prometheus' look-back: selecting every sample of the day would cost a hundred times as much.
 */
const upOf = (buildInfo: string) => {
  const info = select(buildInfo);
  // A new process may not have existed at the last of these times.
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

/** A count that is 0 if none of those that exist match, and absent if none exist. */
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

/** The values that were outliers, each at the scrape that reported it. */
export const outlierValues = (...matchers: string[]): string =>
  byHost(
    `${select("outliers_last_outlier_value", ...matchers)} and on (job, instance, series) ${newOutliers(...matchers)}`,
  );

/** One value for each host, whatever other labels a scrape or a series adds. */
export const byHost = (expr: string): string => `max by (job, instance) (${expr})`;

/** Labels of series with a common meaning, which are shown together; those of other names each alone. */
export const COMMON_LABELS = [
  "namespace",
  "service",
  "pod",
  "container",
  "device",
  "mountpoint",
  "handler",
  "path",
  "method",
  "code",
];

/** A vector without the metric's name, so that tables of different metrics merge. */
export const unnamed = (expr: string): string => `sum without () (${expr})`;

/** How many hosts people can distinguish as lines of a panel. */
const FEW_HOSTS = 5;
const LINES = 10;

// At the end of the time range, which Prometheus evaluates only once, not at every step.
const hostCount = `on () count(${collectorsUp.atEnd})`;

export const oneHost = `${hostCount} == 1`;
export const manyHosts = `${hostCount} > ${FEW_HOSTS}`;

/**
 * The hosts that get a line: those whose last outlier is in the time range, latest first; all hosts
 * if there are few. It reads the time of the last outlier, which is one sample per host.
 */
export const shownHosts = (...matchers: string[]): string => {
  const last = select("outliers_last_outlier_timestamp_seconds", ...matchers);
  const latest = `topk(${LINES}, ${byHost(`1000 * ${last} @ end() > $__from`)})`;
  return `(${latest} or (${byHost(collectorsUp.atEnd)} and ${hostCount} <= ${FEW_HOSTS}))`;
};

/** `expr` restricted to processes of the detector, because every process exports `process_*`. */
export const ofDetector = (expr: string): string =>
  `${expr} and on (job, instance) ${select("detector_build_info")}`;
