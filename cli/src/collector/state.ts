import { InputError, reasonOf } from "../errors.ts";
import { type Endpoint, send } from "../http.ts";
import { seriesIdentity } from "../prometheus/identity.ts";
import { type Metric, parseMetrics } from "../prometheus/text.ts";

const TIMEOUT_MS = 3000;

/** What a collector exports of one series; undefined is what is absent, as before a verdict. */
export type SeriesState = {
  /** As Prometheus writes it: the name, and the labels if it has some. */
  identity: string;
  value: number | undefined;
  score: number | undefined;
  expected: number | undefined;
  lower: number | undefined;
  upper: number | undefined;
  state: string;
  isActive: boolean;
  outliers: number;
  /** Undefined with collectors of 0.1, which don't count events. */
  events: number | undefined;
  /** Unix time in ms; undefined when there was no outlier. */
  lastOutlierMs: number | undefined;
  unmonitoredSeconds: number;
};

/** What a collector exports of one source. */
export type SourceState = {
  name: string;
  /** Whether its last read succeeded. */
  isRead: boolean;
  /** Undefined with collectors of 0.1. */
  intervalSeconds: number | undefined;
  /** Unix time in ms of its last sample; undefined with collectors of 0.1, and before the first. */
  lastSampleMs: number | undefined;
  /** Readings rejected because the value is not possible. */
  rejected: number;
};

/** What a collector exports of itself. */
export type CollectorState = {
  /** Undefined before the first detection has ended. */
  isDetectorUp: boolean | undefined;
  backlog: number;
  samples: number;
  dropped: number;
  missedTicks: number;
  /** Series that the detector refuses. */
  setAside: number;
  sources: SourceState[];
  series: SeriesState[];
};

/**
 * Asks a collector for its metrics.
 * @param collector where it is, with or without `/metrics`
 * @throws InputError when it doesn't answer, or is no collector
 */
export async function readCollector(collector: Endpoint): Promise<CollectorState> {
  const url = collector.url.replace(/\/metrics$/, "");
  const address = `${url}/metrics`;
  const { status, text } = await send({ ...collector, url }, "/metrics", TIMEOUT_MS).catch(
    (error: unknown): never => {
      throw new InputError(`no answer from ${address}: ${reasonOf(error)}`);
    },
  );
  if (status !== 200) throw new InputError(`no answer from ${address}: HTTP ${status}`);
  const metrics = parseMetrics(text);
  if (!metrics.some(({ name }) => name === "collector_detector_up")) {
    throw new InputError(`${address} is not a collector's: it has no collector_detector_up`);
  }
  return collectorState(metrics);
}

/** The state behind a collector's metrics. */
function collectorState(metrics: readonly Metric[]): CollectorState {
  const families = Map.groupBy(metrics, ({ name }) => name);
  const family = (name: string): readonly Metric[] => families.get(name) ?? [];
  const value = (name: string): number => family(name)[0]?.value ?? 0;
  return {
    isDetectorUp: families.has("collector_detect_requests_total")
      ? value("collector_detector_up") === 1
      : undefined,
    backlog: value("collector_backlog_samples"),
    samples: value("collector_samples_total"),
    dropped: value("collector_dropped_samples_total"),
    missedTicks: value("collector_missed_ticks_total"),
    setAside: value("collector_series_set_aside"),
    sources: family("collector_sample_success").map((one) => sourceState(one, family)),
    series: labelsOfSeries(family).map((labels) => seriesState(labels, family)),
  };
}

type Family = (name: string) => readonly Metric[];

function sourceState({ labels, value }: Metric, family: Family): SourceState {
  const name = labels.get("source") ?? "";
  const find = (metric: string): number | undefined =>
    family(metric).find((one) => one.labels.get("source") === name)?.value;
  const lastSampleSeconds = find("collector_last_sample_timestamp_seconds");
  return {
    name,
    isRead: value === 1,
    intervalSeconds: find("collector_source_interval_seconds"),
    lastSampleMs: lastSampleSeconds ? lastSampleSeconds * 1000 : undefined,
    rejected: find("collector_rejected_readings_total") ?? 0,
  };
}

type Labels = ReadonlyMap<string, string>;

/** Those of all series: what is absent has no value. */
function labelsOfSeries(family: Family): Labels[] {
  const all = [...family("outliers_value"), ...family("outliers_active")];
  return [...new Map(all.map(({ labels }) => [identityOf(labels), labels])).values()];
}

function seriesState(labels: Labels, family: Family): SeriesState {
  const isOwn = (one: Metric): boolean =>
    [...labels].every(([label, own]) => one.labels.get(label) === own);
  const find = (metric: string): number | undefined => {
    const found = family(metric).find((one) => one.labels.size === labels.size && isOwn(one));
    return found?.value;
  };
  /** A metric that was renamed after 0.1. */
  const renamed = (metric: string, old: string): number | undefined => find(metric) ?? find(old);
  const lastOutlierSeconds = renamed(
    "outliers_last_outlier_timestamp_seconds",
    "outliers_last_flagged_timestamp_seconds",
  );
  const state = family("outliers_state").find((one) => one.value === 1 && isOwn(one));
  return {
    identity: identityOf(labels),
    value: find("outliers_value"),
    score: find("outliers_score"),
    expected: find("outliers_expected"),
    lower: find("outliers_expected_lower"),
    upper: find("outliers_expected_upper"),
    state: state?.labels.get("state") ?? "",
    isActive: find("outliers_active") === 1,
    outliers: renamed("outliers_detected_total", "outliers_flagged_total") ?? 0,
    events: find("outliers_events_total"),
    lastOutlierMs: lastOutlierSeconds ? lastOutlierSeconds * 1000 : undefined,
    unmonitoredSeconds:
      renamed("outliers_unmonitored_seconds_total", "outliers_blind_seconds_total") ?? 0,
  };
}

/** Labels of `/metrics` itself; a series' own of that name are exported as `exported_series`. */
const RESERVED = ["series", "state", "direction", "reason"];

/** The id of a series, by which the collector and its page know it. */
function identityOf(exported: ReadonlyMap<string, string>): string {
  const labels = new Map(exported);
  const name = labels.get("series") ?? "";
  labels.delete("series");
  for (const label of RESERVED) {
    const own = labels.get(`exported_${label}`);
    if (own === undefined) continue;
    labels.delete(`exported_${label}`);
    labels.set(label, own);
  }
  return seriesIdentity(name, new Map([...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
