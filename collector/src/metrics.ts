import { createRegistry } from "@outliers/service/registry";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { type Flag, type Series, STATES, type Verdict } from "./series.ts";

export type Metrics = ReturnType<typeof createMetrics>;

/** Exports where people find the live page: it is rarely the address that Prometheus scrapes. */
export function exportPageUrl(registry: Registry, url: string): void {
  new Gauge({
    name: "collector_page_info",
    help: "Constant 1, with the URL of the live page (PAGE_URL).",
    labelNames: ["url"],
    registers: [registry],
  }).set({ url }, 1);
}

/**
 * Every other metric of the collector. The `outliers_*` families are read from the series at each
 * scrape, so that a series that is gone leaves nothing behind.
 * @param activeHoldMs how long `outliers_active` stays 1 after a flag
 */
export function createMetrics(
  series: () => Iterable<Series>,
  now: () => number,
  activeHoldMs: number,
  registry: Registry = createRegistry("collector"),
) {
  const registers = [registry];

  /** Absent for a series that there is nothing to read of. */
  const seriesGauge = (name: string, help: string, read: (one: Series) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ["series"],
      registers,
      collect() {
        this.reset();
        for (const one of series()) {
          const value = read(one);
          if (value !== undefined) this.set({ series: one.name }, value);
        }
      },
    });

  /** Absent before the first verdict. */
  const verdictGauge = (name: string, help: string, read: (verdict: Verdict) => number) =>
    seriesGauge(name, help, ({ verdict }) => verdict && read(verdict));

  /** Absent before the first flag. */
  const flagGauge = (name: string, help: string, read: (flag: Flag) => number) =>
    seriesGauge(name, help, ({ lastFlag }) => lastFlag && read(lastFlag));

  const seriesCounter = (name: string, help: string, read: (one: Series) => number) =>
    new Counter({
      name,
      help,
      labelNames: ["series"],
      registers,
      collect() {
        this.reset();
        for (const one of series()) this.inc({ series: one.name }, read(one));
      },
    });

  seriesGauge(
    "outliers_value",
    "The last sample, in the unit of the series.",
    (one) => one.newest.value,
  );
  verdictGauge(
    "outliers_score",
    "How far the last judged sample is from what is expected: above 1 it is an outlier.",
    ({ score }) => score,
  );
  verdictGauge(
    "outliers_expected",
    "The value that was expected most at the last judged sample.",
    ({ expected }) => expected,
  );
  verdictGauge(
    "outliers_expected_lower",
    "The least value that was expected at the last judged sample.",
    ({ lower }) => lower,
  );
  verdictGauge(
    "outliers_expected_upper",
    "The greatest value that was expected at the last judged sample.",
    ({ upper }) => upper,
  );
  seriesCounter("outliers_flagged_total", "Total number of samples flagged.", (one) => one.flagged);
  // Absolute, so that a clock that is set back far does not hold it.
  const isActive = ({ lastFlagJudgedAtMs }: Series) =>
    Math.abs(now() - lastFlagJudgedAtMs) < activeHoldMs;

  seriesGauge(
    "outliers_active",
    "1 while the last flag is younger than ACTIVE_HOLD, else 0.",
    (one) => Number(isActive(one)),
  );
  seriesGauge(
    "outliers_active_since_timestamp_seconds",
    "Unix time of the first sample of the event that is active; absent when none is.",
    (one) => (isActive(one) ? one.activeSinceMs / 1000 : undefined),
  );
  seriesGauge(
    "outliers_last_flagged_timestamp_seconds",
    "Unix time of the last sample flagged, 0 when there was none.",
    ({ lastFlag }) => (lastFlag ? lastFlag.sample.timeMs / 1000 : 0),
  );
  flagGauge(
    "outliers_last_flagged_value",
    "The last sample flagged, in the unit of the series.",
    ({ sample }) => sample.value,
  );
  flagGauge(
    "outliers_last_flagged_expected",
    "The value that was expected most at the last sample flagged.",
    ({ verdict }) => verdict.expected,
  );
  flagGauge(
    "outliers_last_flagged_score",
    "How far the last sample flagged was from what was expected.",
    ({ verdict }) => verdict.score,
  );
  new Gauge({
    name: "outliers_last_flagged_info",
    help: "Constant 1, with direction and reason of the last sample flagged.",
    labelNames: ["series", "direction", "reason"],
    registers,
    collect() {
      // Reset, so that a series has one direction and reason at a time.
      this.reset();
      for (const { name, lastFlag } of series()) {
        if (!lastFlag) continue;
        const { direction, reason } = lastFlag;
        this.set({ series: name, direction, reason }, 1);
      }
    },
  });
  seriesCounter(
    "outliers_blind_seconds_total",
    "Time that passed without a verdict when one was due.",
    (one) => one.blindMs(now()) / 1000,
  );
  new Gauge({
    name: "outliers_state",
    help: "1 for the state that the series is in, 0 for the others.",
    labelNames: ["series", "state"],
    registers,
    collect() {
      this.reset();
      for (const one of series()) {
        for (const state of STATES)
          this.set({ series: one.name, state }, Number(one.state === state));
      }
    },
  });
  new Gauge({
    name: "collector_backlog_samples",
    help: "Samples that wait for their verdict.",
    registers,
    collect() {
      let backlog = 0;
      for (const one of series()) backlog += one.backlog;
      this.set(backlog);
    },
  });

  return {
    registry,
    samples: new Counter({
      name: "collector_samples_total",
      help: "Total number of samples taken, over all series.",
      registers,
    }),
    droppedSamples: new Counter({
      name: "collector_dropped_samples_total",
      help: "Total number of samples given up without a verdict, because too many waited.",
      registers,
    }),
    missedTicks: new Counter({
      name: "collector_missed_ticks_total",
      help: "Total number of sampling times that passed without a sample.",
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
      help: "1 when the last read of the source succeeded, else 0.",
      labelNames: ["source"],
      registers,
    }),
    detectRequests: new Counter({
      name: "collector_detect_requests_total",
      help: "Total number of requests for detection, messages of streams too, by gRPC status code.",
      labelNames: ["code"],
      registers,
    }),
    detectDuration: new Histogram({
      name: "collector_detect_duration_seconds",
      help: "Time from sending samples to their verdicts, retries of the channel included.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    streams: new Counter({
      name: "collector_streams_opened_total",
      help: "Total number of streams opened to a detector, each with the history sent first.",
      registers,
    }),
    detectorUp: new Gauge({
      name: "collector_detector_up",
      help: "1 when the last detection succeeded, else 0.",
      registers,
    }),
  };
}
