import type { Logger } from "@outliers/service/logger";
import type { Readiness } from "@outliers/service/ops-server";
import { AlarmLog } from "./alarm-log.ts";
import type { Clock } from "./clock.ts";
import type { Detection } from "./detection.ts";
import { createJudge } from "./judge.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createSampler } from "./sampler.ts";
import { Series } from "./series.ts";
import type { Source } from "./sources/source.ts";
import { ticks } from "./ticks.ts";

export type PipelineOptions = {
  sampleIntervalMs: number;
  detectIntervalMs: number;
  /** How many samples are kept per series, with or without a verdict. */
  capacity: number;
  /** For how many sample intervals a series that gets no sample is still shown. */
  shownIntervals: number;
  activeHoldMs: number;
};

export type Pipeline = {
  metrics: Metrics;
  /** The series that are shown. */
  series: () => Iterable<Series>;
  alarms: AlarmLog;
  /** The gRPC status code of the last detection; undefined before the first one. */
  lastCode: () => string | undefined;
  readiness(): Readiness;
  /** Stops sampling; detection under way is given up. */
  close(): Promise<void>;
};

/** As many as someone reads through. */
const ALARMS_KEPT = 100;

/**
 * Source → window → detector → exporter: samples on a grid, has the samples judged.
 * @param createDetection is given what to call when a stream to the detector is opened
 */
export function startPipeline(
  options: PipelineOptions,
  sources: readonly Source[],
  createDetection: (onOpen: () => void) => Detection,
  clock: Clock,
  logger: Logger,
): Pipeline {
  const stop = new AbortController();
  const byName = new Map<string, Series>();
  let tickMs = Number.NEGATIVE_INFINITY;
  const hasSampleWithin = (intervals: number) => (one: Series) =>
    one.newest.timeMs >= tickMs - intervals * options.sampleIntervalMs;
  const series = () => [...byName.values()].filter(hasSampleWithin(options.shownIntervals));
  const metrics = createMetrics(series, () => clock.now(), options.activeHoldMs);
  const sample = createSampler(sources, metrics, logger);
  const detection = createDetection(() => metrics.streams.inc());
  // An alarm lasts for as long as its series is active.
  const alarms = new AlarmLog(ALARMS_KEPT, options.activeHoldMs);
  // A series that is shown no more may come back, and a stream remembers it for as long.
  const kept = () => byName.values();
  const judge = createJudge(kept, detection, metrics, alarms, logger, clock, stop.signal);
  const seriesOptions = {
    capacity: options.capacity,
    verdictIntervalMs: Math.max(options.sampleIntervalMs, options.detectIntervalMs),
    activeHoldMs: options.activeHoldMs,
  };

  async function takeSamples(timeMs: number): Promise<void> {
    tickMs = timeMs;
    for (const { series: name, value } of await sample()) {
      const known = byName.get(name);
      if (known)
        metrics.droppedSamples.inc(known.push({ timeMs: timeAfter(known, timeMs), value }));
      else byName.set(name, new Series(name, { timeMs, value }, seriesOptions));
      metrics.samples.inc();
    }
    forgetOldSeries();
  }

  /** Times rise, also when the clock was set back: it is given the time to catch up. */
  const timeAfter = (known: Series, timeMs: number): number =>
    Math.max(timeMs, known.newest.timeMs + 1);

  /** A series without a sample for that long, such as a core that went offline, is gone. */
  function forgetOldSeries(): void {
    const isKept = hasSampleWithin(options.capacity);
    for (const one of byName.values()) {
      if (isKept(one)) continue;
      metrics.droppedSamples.inc(one.backlog);
      byName.delete(one.name);
    }
  }

  async function run(): Promise<void> {
    let judgedAtMs = Number.NEGATIVE_INFINITY;
    for await (const { timeMs, missed } of ticks(options.sampleIntervalMs, clock, stop.signal)) {
      metrics.missedTicks.inc(missed);
      await takeSamples(timeMs);
      // Also when the clock was set back: the next round may not wait until it has caught up.
      if (Math.abs(timeMs - judgedAtMs) < options.detectIntervalMs) continue;
      judgedAtMs = timeMs;
      judge.wake();
    }
  }

  const running = run();
  return {
    metrics,
    series,
    alarms,
    lastCode: () => judge.lastCode(),
    readiness() {
      if (byName.size === 0) return { ready: false, reason: "no sample yet" };
      const code = judge.lastCode();
      if (code === undefined) return { ready: false, reason: "no verdict yet: warming up" };
      if (code !== "OK") return { ready: false, reason: `detection fails: ${code}` };
      return { ready: true, reason: "ok" };
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}
