import { createRegistry } from "@outliers/service/registry";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Series } from "./series.ts";
import { type SeriesFamily, SeriesRegistry } from "./series-registry.ts";
import type { Outlier, Verdict } from "./sink.ts";
import type { WriteTally } from "./sinks/remote-write/remote-write.ts";
import { STATES, type Status, type Statuses } from "./sinks/status.ts";

export type Metrics = ReturnType<typeof createMetrics>;

/** What is read at each scrape. */
export type Exported = {
  series: () => readonly Series[];
  statuses: Statuses;
  /** Samples without a verdict, and series that the detector has refused. */
  backlog: () => number;
  setAside: () => number;
  now: () => number;
  /** How long `outliers_active` stays 1 after an outlier. */
  activeHoldMs: number;
};

/** Exports the host's name, for a Prometheus whose label `instance` is an address. */
export function exportHostName(registry: Registry, name: string): void {
  new Gauge({
    name: "collector_host_info",
    help: "Constant 1, labelled with the name of the host that is sampled.",
    labelNames: ["host_name"],
    registers: [registry],
  }).set({ host_name: name }, 1);
}

/** Exports the live page's URL for people: rarely the address that Prometheus scrapes. */
export function exportPageUrl(registry: Registry, url: string): void {
  new Gauge({
    name: "collector_page_info",
    help: "Constant 1, labelled with the URL of the live page. Absent unless PAGE_URL is set.",
    labelNames: ["url"],
    registers: [registry],
  }).set({ url }, 1);
}

/** Exports whether NORMALS_FILE can be used, if there is one. */
export function exportNormalsFile(registry: Registry, file: { isGood: boolean }): void {
  new Gauge({
    name: "collector_normals_file_last_reload_success",
    help: "1 if NORMALS_FILE could be used when it was last read, else 0. Absent unless it is set.",
    registers: [registry],
    collect() {
      this.set(Number(file.isGood));
    },
  });
}

/** Leaves out the metrics of reloads, where there is nothing to reload. */
export function hideReloads(registry: Registry): void {
  registry.removeSingleMetric("collector_config_last_reload_successful");
  registry.removeSingleMetric("collector_config_last_reload_success_timestamp_seconds");
}

/** Exports how far remote write is, under the names that Prometheus gives its own. */
export function exportRemoteWrite(registry: Registry, tally: WriteTally): void {
  const counter = (what: string, help: string, read: () => number) =>
    new Counter({
      name: `collector_remote_write_samples_${what}`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const gauge = (what: string, help: string, read: () => number) =>
    new Gauge({
      name: `collector_remote_write_${what}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  counter("total", "Total number of samples written to the receiver.", () => tally.sent);
  counter(
    "failed_total",
    "Total number of samples that the receiver refused. They are not sent again.",
    () => tally.failed,
  );
  counter(
    "retried_total",
    "Total number of samples sent again after a failure, each time.",
    () => tally.retried,
  );
  counter(
    "dropped_total",
    "Total number of samples that were dropped unsent, because REMOTE_WRITE_QUEUE was full or the collector stopped.",
    () => tally.dropped,
  );
  gauge("samples_pending", "Samples that wait to be written.", () => tally.pending);
  gauge(
    "highest_sent_timestamp_seconds",
    "Unix time of the latest sample written, or 0 if there was none.",
    () => tally.highestSentMs / 1000,
  );
}

/** Every other metric of the collector. */
export function createMetrics({
  series,
  statuses,
  backlog,
  setAside,
  now,
  activeHoldMs,
}: Exported) {
  const registry = new SeriesRegistry(series);
  createRegistry("collector", registry);
  const registers = [registry];
  for (const family of seriesFamilies(statuses, now, activeHoldMs)) registry.add(family);
  const readGauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  readGauge("collector_backlog_samples", "Samples buffered until they get a verdict.", backlog);
  readGauge(
    "collector_series_set_aside",
    "Series that the detector refused. They are unmonitored until the collector restarts.",
    setAside,
  );

  const own = {
    registry,
    samples: new Counter({
      name: "collector_samples_total",
      help: "Total number of samples taken, over all series.",
      registers,
    }),
    droppedSamples: new Counter({
      name: "collector_dropped_samples_total",
      help: "Total number of samples dropped before they got a verdict.",
      registers,
    }),
    missedTicks: new Counter({
      name: "collector_missed_ticks_total",
      help: "Total number of reads that were due but skipped, over all sources.",
      registers,
    }),
    sampleDuration: new Histogram({
      name: "collector_sample_duration_seconds",
      help: "Time to read a source.",
      labelNames: ["source"],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1],
      registers,
    }),
    sampleSuccess: new Gauge({
      name: "collector_sample_success",
      help: "1 if the last read of the source succeeded, else 0.",
      labelNames: ["source"],
      registers,
    }),
    sourceInterval: new Gauge({
      name: "collector_source_interval_seconds",
      help: "Time between two reads of the source.",
      labelNames: ["source"],
      registers,
    }),
    lastSample: new Gauge({
      name: "collector_last_sample_timestamp_seconds",
      help: "Unix time of the last sample of the source.",
      labelNames: ["source"],
      registers,
    }),
    rejectedReadings: new Counter({
      name: "collector_rejected_readings_total",
      help: "Total number of readings rejected because the value was impossible for the series.",
      labelNames: ["source"],
      registers,
    }),
    queryInfo: new Gauge({
      name: "collector_query_info",
      help: "Constant 1, labelled with the expression of each query.",
      labelNames: ["query", "expr"],
      registers,
    }),
    querySeries: new Gauge({
      name: "collector_query_series",
      help: "Series in the last result of the query, 0 if it was empty.",
      labelNames: ["query"],
      registers,
    }),
    leftOutSeries: new Gauge({
      name: "collector_query_series_left_out",
      help: "Series in the last result of the query that are not watched because of its limit.",
      labelNames: ["query"],
      registers,
    }),
    ignoredValues: new Counter({
      name: "collector_query_ignored_values_total",
      help: "Total number of values in results of the query that are no samples, by reason.",
      labelNames: ["query", "reason"],
      registers,
    }),
    backfillSeries: new Gauge({
      name: "collector_backfill_series",
      help: "Series of the query whose past is being read; they are watched once that is done.",
      labelNames: ["query"],
      registers,
    }),
    backfillSamples: new Counter({
      name: "collector_backfill_samples_total",
      help: "Total number of samples of the past that were read.",
      labelNames: ["query"],
      registers,
    }),
    reloadSuccess: new Gauge({
      name: "collector_config_last_reload_successful",
      help: "1 if the last reading of QUERIES_FILE succeeded, else 0.",
      registers,
    }),
    reloadSuccessTime: new Gauge({
      name: "collector_config_last_reload_success_timestamp_seconds",
      help: "Unix time of the last successful reading of QUERIES_FILE.",
      registers,
    }),
    detectRequests: new Counter({
      name: "collector_detect_requests_total",
      help: "Total number of detection requests, including messages on streams, by gRPC status code.",
      labelNames: ["code"],
      registers,
    }),
    detectDuration: new Histogram({
      name: "collector_detect_duration_seconds",
      help: "Time from sending samples to receiving their verdicts, including the channel's retries.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    streams: new Counter({
      name: "collector_streams_opened_total",
      help: "Total number of streams opened to a detector.",
      registers,
    }),
    stateWriteFailures: new Counter({
      name: "collector_state_write_failures_total",
      help: "Total number of times that state could not be written to STATE_DIR.",
      registers,
    }),
    stateWriteSuccess: new Gauge({
      name: "collector_state_write_success",
      help: "1 if the last write to STATE_DIR succeeded, else 0.",
      registers,
    }),
    detectorUp: new Gauge({
      name: "collector_detector_up",
      help: "1 if the last detection of every group of series succeeded, else 0.",
      registers,
    }),
  };
  return {
    ...own,
    /** Leaves nothing of a source that is gone. */
    forgetSource(name: string): void {
      const { sampleDuration, sampleSuccess, sourceInterval, lastSample, rejectedReadings } = own;
      for (const metric of [sampleDuration, sampleSuccess, sourceInterval, lastSample])
        metric.remove({ source: name });
      rejectedReadings.remove({ source: name });
      for (const metric of [own.querySeries, own.leftOutSeries, own.backfillSeries])
        metric.remove({ query: name });
      own.backfillSamples.remove({ query: name });
    },
  };
}

/** What `/metrics` says of each series. */
function seriesFamilies(
  statuses: Statuses,
  now: () => number,
  activeHoldMs: number,
): SeriesFamily[] {
  const ofVerdict = (read: (verdict: Verdict) => number) => (one: Series) => {
    const verdict = statuses.verdictOf(one);
    return verdict && read(verdict);
  };
  const ofLastOutlier = (read: (outlier: Outlier) => number) => (one: Series) => {
    const { lastOutlier } = statuses.of(one);
    return lastOutlier && read(lastOutlier);
  };
  // Absolute, so that a clock that was set far back doesn't keep a series active. A query may have a
  // longer interval than ACTIVE_HOLD is made for: its events would end after every outlier.
  const isActive = ({ description }: Series, { lastOutlierDetectedAtMs }: Status): boolean =>
    Math.abs(now() - lastOutlierDetectedAtMs) < Math.max(activeHoldMs, 3 * description.intervalMs);

  return [
    {
      name: "outliers_value",
      help: "Value of the last sample, in the unit of the series. Gone while the series is absent or alone, as are score and band.",
      type: "gauge",
      read: (one) => statuses.valueOf(one),
    },
    {
      name: "outliers_score",
      help: "Score of the last sample with a verdict: above 1, it is an outlier.",
      type: "gauge",
      read: ofVerdict(({ score }) => score),
    },
    {
      name: "outliers_expected",
      help: "Value that was expected for the last sample with a verdict.",
      type: "gauge",
      read: ofVerdict(({ expected }) => expected),
    },
    {
      name: "outliers_expected_lower",
      help: "Lower bound of the values expected for the last sample with a verdict.",
      type: "gauge",
      read: ofVerdict(({ lower }) => lower),
    },
    {
      name: "outliers_expected_upper",
      help: "Upper bound of the values expected for the last sample with a verdict.",
      type: "gauge",
      read: ofVerdict(({ upper }) => upper),
    },
    {
      name: "outliers_detected_total",
      help: "Total number of outliers.",
      type: "counter",
      read: (one) => statuses.of(one).outliers,
      oldName: "outliers_flagged_total",
    },
    {
      name: "outliers_events_total",
      help: "Total number of events. An event is a run of outliers that belong together.",
      type: "counter",
      read: (one) => statuses.of(one).events,
    },
    {
      name: "outliers_active",
      help: "1 if the last outlier is more recent than ACTIVE_HOLD, or 3 intervals of a query if that is longer, else 0.",
      type: "gauge",
      read: (one) => Number(isActive(one, statuses.of(one))),
    },
    {
      name: "outliers_active_since_timestamp_seconds",
      help: "Unix time of the first outlier of the active event. Absent unless outliers_active is 1.",
      type: "gauge",
      read(one) {
        const status = statuses.of(one);
        const began = status.eventBegan?.sample.timeMs;
        return isActive(one, status) && began !== undefined ? began / 1000 : undefined;
      },
    },
    {
      name: "outliers_last_outlier_timestamp_seconds",
      help: "Unix time of the last outlier, or 0 if there was none.",
      type: "gauge",
      read: (one) => (statuses.of(one).lastOutlier?.sample.timeMs ?? 0) / 1000,
      oldName: "outliers_last_flagged_timestamp_seconds",
    },
    {
      name: "outliers_last_outlier_value",
      help: "Value of the last outlier.",
      type: "gauge",
      read: ofLastOutlier(({ sample }) => sample.value),
      oldName: "outliers_last_flagged_value",
    },
    {
      name: "outliers_last_outlier_expected",
      help: "Value that was expected instead of the last outlier.",
      type: "gauge",
      read: ofLastOutlier(({ verdict }) => verdict.expected),
      oldName: "outliers_last_flagged_expected",
    },
    {
      name: "outliers_last_outlier_score",
      help: "Score of the last outlier.",
      type: "gauge",
      read: ofLastOutlier(({ verdict }) => verdict.score),
      oldName: "outliers_last_flagged_score",
    },
    {
      name: "outliers_last_event_info",
      // Not of the last outlier: its reason may have other figures with each sample.
      help: "Constant 1, labelled with the direction and reason of the first outlier of the last event.",
      type: "gauge",
      read(one) {
        const { eventBegan } = statuses.of(one);
        if (!eventBegan) return undefined;
        const { direction, reason } = eventBegan;
        return [{ labels: { direction, reason }, value: 1 }];
      },
    },
    {
      name: "outliers_unmonitored_seconds_total",
      help: "Total time that verdicts were overdue, in seconds.",
      type: "counter",
      read: (one) => statuses.unmonitoredMs(one, now()) / 1000,
      oldName: "outliers_blind_seconds_total",
    },
    {
      name: "outliers_state",
      help: "1 for the current state of the series, 0 for the other states. It is absent if its last 3 reads had no sample of it, and alone if it had too few peers in them.",
      type: "gauge",
      read(one) {
        const current = statuses.stateOf(one);
        const states = STATES.filter((state) => state !== "alone" || one.description.typical);
        return states.map((state) => ({ labels: { state }, value: Number(state === current) }));
      },
    },
    {
      name: "outliers_interval_seconds",
      help: "Sampling interval of the series.",
      type: "gauge",
      read: ({ description }) => description.intervalMs / 1000,
    },
  ];
}
