import type { Logger } from "@outliers/service/logger";
import type { Readiness } from "@outliers/service/ops-server";
import type { Clock } from "./clock.ts";
import type { Detection } from "./detection.ts";
import type { GroupContext } from "./detection-group.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { NormalPeriods } from "./normal-periods.ts";
import { NormalsFile } from "./normals-file.ts";
import { SampleBudget } from "./sample-budget.ts";
import { sampleSource } from "./sampling.ts";
import type { Series } from "./series.ts";
import type { Sink } from "./sink.ts";
import { incidentLog } from "./sinks/incident-log.ts";
import { Incidents } from "./sinks/incidents.ts";
import { RecentSamples } from "./sinks/recent-samples.ts";
import { Statuses } from "./sinks/status.ts";
import { type SeriesContext, SourceSeries } from "./source-series.ts";
import type { Source } from "./sources/source.ts";
import { StateStore } from "./state-store.ts";

export type PipelineOptions = {
  /** Where to keep what a restart must not lose; undefined: nowhere. */
  stateDir: string | undefined;
  /** A file that lists what was normal; undefined: none. */
  normalsFile: string | undefined;
  detectIntervalMs: number;
  /** How many samples are kept per series at most, with or without a verdict. */
  capacity: number;
  /** How many intervals a series without new samples is still shown. */
  shownIntervals: number;
  /** How many samples of the past a new series is taught, where its source has stored them. */
  pastSamples: number;
  activeHoldMs: number;
  /** Where samples and verdicts go in addition to the page, the log and `/metrics`. */
  sinks?: readonly Sink[];
};

export type Pipeline = {
  metrics: Metrics;
  /** The series to show: first the first one of each source, then the others. */
  series: () => readonly Series[];
  recentSamples: RecentSamples;
  statuses: Statuses;
  incidents: Incidents;
  normals: NormalPeriods;
  /** Undefined without one. */
  normalsFile: NormalsFile | undefined;
  /** The gRPC status code of the last detection; undefined before the first one. */
  lastCode: () => string | undefined;
  readiness(): Readiness;
  /** Reads these sources from now on. Those that were read before keep their series. */
  replaceSources(sources: readonly Source[]): Promise<void>;
  /** Stops sampling and aborts detection. */
  close(): Promise<void>;
};

/** A source that is read, and its series. */
type Reader = {
  source: Source;
  series: SourceSeries;
  /** Whether its last read failed; undefined before the end of the first. */
  isFailing: boolean | undefined;
  stop(): Promise<void>;
};

/** Nobody reads through more. */
const INCIDENTS_KEPT = 100;

/**
 * Sources → series → detection → sinks.
 * @param createDetection gets what all groups share, and a callback for every stream it opens
 */
export async function startPipeline(
  options: PipelineOptions,
  sources: readonly Source[],
  createDetection: (context: GroupContext, onStream: () => void) => Detection,
  clock: Clock,
  logger: Logger,
): Promise<Pipeline> {
  const stop = new AbortController();
  let readers: readonly Reader[] = [];
  const statuses = new Statuses(options.detectIntervalMs);
  const budget = new SampleBudget(options.capacity);
  const recentSamples = new RecentSamples(budget);
  const incidents = new Incidents(INCIDENTS_KEPT, incidentLog(logger));
  const sinks: Sink[] = [statuses, recentSamples, incidents, ...(options.sinks ?? [])];

  const all = (): Series[] => readers.flatMap(({ series }) => series.visible);

  /** Those of the host. What becomes of a query doesn't depend on this instance. */
  const ownSeries = (): Series[] =>
    readers.flatMap(({ source, series }) => (source.stored ? [] : series.all));

  /** Whether there are only queries, and none has a result: there may be nothing to find. */
  const hasReadQueries = (): boolean =>
    readers.length > 0 &&
    readers.every(({ source, isFailing }) => source.stored && isFailing !== undefined);

  function shown(): Series[] {
    const bySource = readers.map(({ series }) => series.shown);
    return [
      ...bySource.flatMap(([first]) => first ?? []),
      ...bySource.flatMap((of) => of.slice(1)),
    ];
  }

  const metrics = createMetrics({
    series: shown,
    backlog: () => readers.reduce((sum, { series }) => sum + series.backlog, 0),
    setAside: () => detection.setAside().length,
    statuses,
    now: () => clock.now(),
    activeHoldMs: options.activeHoldMs,
  });
  const store =
    options.stateDir === undefined
      ? undefined
      : await StateStore.open(options.stateDir, { clock, logger, metrics });
  if (!store) metrics.registry.removeSingleMetric("collector_state_write_success");
  if (store) {
    sinks.push(store);
    incidents.restore(store.incidents);
  }
  const normals = new NormalPeriods({
    series: all,
    outliersOf: (...of) => incidents.samplesOf(...of),
    now: () => clock.now(),
    logger,
    onEdit: () => detection.detect(all()),
  });
  normals.restore(store?.normals ?? []);
  const context: GroupContext = {
    sinks,
    normals,
    metrics,
    clock,
    logger,
    signal: stop.signal,
    onStartOver(series) {
      for (const reader of readers) reader.series.startOver(series);
    },
    onCode() {
      const isUp = detection.lastCode() === "OK";
      if (isUp && isDetectorUp === false) logger.info("detection recovered");
      isDetectorUp = isUp;
      metrics.detectorUp.set(Number(isUp));
    },
  };
  let isDetectorUp: boolean | undefined;
  const detection = createDetection(context, () => metrics.streams.inc());
  const normalsFile =
    options.normalsFile === undefined
      ? undefined
      : await NormalsFile.open(options.normalsFile, normals, logger);

  const shared: SeriesContext = {
    ...options,
    budget,
    detection,
    store,
    sinks,
    statuses,
    incidents,
    metrics,
    clock,
    logger,
  };

  /** Begins to read a source, with the series of the one before it. */
  function read(source: Source, before?: SourceSeries): Reader {
    const own = new AbortController();
    const signal = AbortSignal.any([stop.signal, own.signal]);
    const series = new SourceSeries(source, shared, signal);
    if (before) series.adopt(before);
    const running = sampleSource(
      source,
      (readings, tickMs) => series.onReadings(readings, tickMs),
      (isFailing) => {
        reader.isFailing = isFailing;
      },
      metrics,
      clock,
      logger,
      signal,
    );
    const reader: Reader = {
      source,
      series,
      isFailing: undefined,
      async stop() {
        own.abort();
        await running;
        await series.close();
      },
    };
    return reader;
  }

  readers = sources.map((source) => read(source));
  const storing = store?.run({ statuses, incidents, normals }, stop.signal);
  const following = normalsFile?.run(clock, stop.signal);
  return {
    metrics,
    series: shown,
    recentSamples,
    statuses,
    incidents,
    normals,
    normalsFile,
    lastCode: () => detection.lastCode(),
    readiness() {
      const failing = readers.filter(({ isFailing }) => isFailing);
      const unread = failing.find(({ source }) => !source.stored);
      if (unread)
        return { ready: false, reason: `source ${unread.source.name} failed: see the log` };
      if (all().length > 0) {
        const code = detection.lastCode();
        if (code === undefined) return { ready: false, reason: "no verdict yet: warming up" };
        if (code !== "OK") return { ready: false, reason: `detection failed: ${code}` };
        const refused = detection.setAside().find((one) => ownSeries().includes(one));
        if (refused) return { ready: false, reason: `detector refused ${refused.id}: see the log` };
      } else if (!hasReadQueries()) return { ready: false, reason: "no sample yet" };
      const names = failing.map(({ source }) => source.name).join(", ");
      return { ready: true, reason: names === "" ? "ok" : `ok, but queries fail: ${names}` };
    },
    async replaceSources(next) {
      const gone = readers.filter(({ source }) => !next.includes(source));
      await Promise.all(gone.map((reader) => reader.stop()));
      if (stop.signal.aborted) return;
      readers = next.map((source) => {
        const same = readers.find((reader) => reader.source === source);
        if (same) return same;
        const before = gone.find((reader) => isSuccessor(source, reader.source));
        return read(source, before?.series);
      });
      for (const { source, series } of gone) {
        const isGone = next.every(({ name }) => name !== source.name);
        // What was learnt with another policy is of no use to it.
        series.forgetAll(!isGone);
        if (isGone) metrics.forgetSource(source.name);
      }
    },
    async close() {
      stop.abort();
      await Promise.all(readers.map((reader) => reader.stop()));
      await following;
      await storing;
    },
  };
}

const isSuccessor = (source: Source, before: Source): boolean =>
  source.name === before.name && source.stored?.identity === before.stored?.identity;
