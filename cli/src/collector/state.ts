import { InputError, reasonOf } from "../errors.ts";
import { type Metric, parseMetrics } from "../prometheus/text.ts";

const TIMEOUT_MS = 3000;

/** What a collector says of one series; undefined is what it does not say, as before a verdict. */
export type SeriesState = {
  name: string;
  value: number | undefined;
  score: number | undefined;
  lower: number | undefined;
  upper: number | undefined;
  state: string;
  isActive: boolean;
  flags: number;
  /** Unix time in ms; undefined when there was no flag. */
  lastFlagMs: number | undefined;
};

/** What a collector says of itself. */
export type CollectorState = {
  /** Undefined before the first detection has ended. */
  isDetectorUp: boolean | undefined;
  backlog: number;
  samples: number;
  dropped: number;
  missedTicks: number;
  /** Sources whose last read failed. */
  failedSources: string[];
  series: SeriesState[];
};

/**
 * Asks a collector how things are.
 * @param url where it is, with or without `/metrics`
 * @throws InputError when it doesn't answer, or is no collector
 */
export async function readCollector(url: string): Promise<CollectorState> {
  const address = `${url.replace(/\/metrics$/, "")}/metrics`;
  let text: string;
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    throw new InputError(`no answer from ${address}: ${reasonOf(error)}`);
  }
  const metrics = parseMetrics(text);
  if (!metrics.some(({ name }) => name === "collector_detector_up")) {
    throw new InputError(`${address} is not a collector's: it has no collector_detector_up`);
  }
  return collectorState(metrics);
}

/** The state that a collector's metrics tell of. */
function collectorState(metrics: readonly Metric[]): CollectorState {
  const find = (name: string, series?: string): number | undefined =>
    metrics.find(
      (one) => one.name === name && (series === undefined || one.labels.get("series") === series),
    )?.value;
  const labels = (name: string, label: string, value: number): string[] =>
    metrics
      .filter((one) => one.name === name && one.value === value)
      .map((one) => one.labels.get(label) ?? "");
  const hasDetected = metrics.some(({ name }) => name === "collector_detect_requests_total");
  const names = metrics
    .filter(({ name }) => name === "outliers_value")
    .map((one) => one.labels.get("series") ?? "");
  return {
    isDetectorUp: hasDetected ? find("collector_detector_up") === 1 : undefined,
    backlog: find("collector_backlog_samples") ?? 0,
    samples: find("collector_samples_total") ?? 0,
    dropped: find("collector_dropped_samples_total") ?? 0,
    missedTicks: find("collector_missed_ticks_total") ?? 0,
    failedSources: labels("collector_sample_success", "source", 0),
    series: names.map((name) => ({
      name,
      value: find("outliers_value", name),
      score: find("outliers_score", name),
      lower: find("outliers_expected_lower", name),
      upper: find("outliers_expected_upper", name),
      state:
        metrics
          .find(
            (one) =>
              one.name === "outliers_state" && one.value === 1 && one.labels.get("series") === name,
          )
          ?.labels.get("state") ?? "",
      isActive: find("outliers_active", name) === 1,
      flags: find("outliers_flagged_total", name) ?? 0,
      lastFlagMs:
        (find("outliers_last_flagged_timestamp_seconds", name) || Number.NaN) * 1000 || undefined,
    })),
  };
}
