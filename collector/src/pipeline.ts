import type { Logger } from "@outliers/service/logger";
import type { Readiness } from "@outliers/service/ops-server";
import type { Clock } from "./clock.ts";
import type { Detection } from "./detection.ts";
import type { GroupContext } from "./detection-group.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { NormalPeriods } from "./normal-periods.ts";
import { NormalsFile } from "./normals-file.ts";
import { sampleSource } from "./sampling.ts";
import { type Checkpoint, Series, type SeriesDescription, seriesId } from "./series.ts";
import type { Sink } from "./sink.ts";
import { incidentLog } from "./sinks/incident-log.ts";
import { Incidents } from "./sinks/incidents.ts";
import { RecentSamples } from "./sinks/recent-samples.ts";
import { Statuses } from "./sinks/status.ts";
import type { Reading, Source } from "./sources/source.ts";
import { StateStore } from "./state-store.ts";

export type PipelineOptions = {
  /** Where to keep what a restart must not lose; undefined: nowhere. */
  stateDir: string | undefined;
  /** A file that lists what was normal; undefined: none. */
  normalsFile: string | undefined;
  detectIntervalMs: number;
  /** How many samples are kept per series, with or without a verdict. */
  capacity: number;
  /** How many intervals a series without new samples is still shown. */
  shownIntervals: number;
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
  /** Stops sampling and aborts detection. */
  close(): Promise<void>;
};

/** Nobody reads through more. */
const INCIDENTS_KEPT = 100;
/** If the clock is set back by more than this, the series starts over instead of waiting for it. */
const MAX_STEP_BACK_INTERVALS = 10;

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
  /** By source, as each has a schedule of its own. */
  const seriesOf = new Map(sources.map((source) => [source, new Map<string, Series>()]));
  const statuses = new Statuses(options.detectIntervalMs);
  const recentSamples = new RecentSamples();
  const incidents = new Incidents(INCIDENTS_KEPT, incidentLog(logger));
  const sinks: Sink[] = [statuses, recentSamples, incidents, ...(options.sinks ?? [])];
  const all = (): Series[] => [...seriesOf.values()].flatMap((byId) => [...byId.values()]);
  const hasSampleWithin = (intervals: number, nowMs: number) => (one: Series) =>
    one.newest.timeMs >= nowMs - intervals * one.description.intervalMs;

  function shown(): Series[] {
    const isShown = hasSampleWithin(options.shownIntervals, clock.now());
    const bySource = [...seriesOf.values()].map((byId) => [...byId.values()].filter(isShown));
    return [
      ...bySource.flatMap(([first]) => first ?? []),
      ...bySource.flatMap((of) => of.slice(1)),
    ];
  }

  const metrics = createMetrics({
    series: shown,
    backlog: () => all().reduce((sum, one) => sum + one.backlog, 0),
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
    onEdit: () => detection.detectNow(),
  });
  normals.restore(store?.normals ?? []);
  const context: GroupContext = {
    sinks,
    normals,
    metrics,
    clock,
    logger,
    signal: stop.signal,
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

  function onReadings(source: Source, readings: readonly Reading[], tickMs: number): void {
    const byId = seriesOf.get(source);
    if (!byId) return;
    const sampled = readings.map((reading) => {
      const id = seriesId(reading.series);
      const series = toSeries(byId, id, reading, tickMs);
      metrics.samples.inc();
      for (const sink of sinks) sink.onSample?.(series);
      return series;
    });
    forgetOld(byId, tickMs);
    detection.onSamples(sampled, tickMs);
  }

  /** Adds a reading to its series. */
  function toSeries(
    byId: Map<string, Series>,
    id: string,
    { series: description, value, timeMs: ownTimeMs }: Reading,
    tickMs: number,
  ): Series {
    const timeMs = ownTimeMs ?? tickMs;
    const known = byId.get(id);
    const backMs = known ? known.newest.timeMs - timeMs : 0;
    if (known && backMs <= MAX_STEP_BACK_INTERVALS * description.intervalMs) {
      // Times must rise: after a small step back, samples stay close together until it catches up.
      const rising = Math.max(timeMs, known.newest.timeMs + 1);
      metrics.droppedSamples.inc(known.push({ timeMs: rising, value }));
      return known;
    }
    if (known) {
      logger.warn(
        { series: id, backSeconds: backMs / 1000 },
        "clock was set back; detection starts over",
      );
      forget(byId, known);
      detection.restart();
    }
    const series = begin(byId, id, description, { timeMs, value });
    if (known) series.checkpoint = usable(known.checkpoint, timeMs);
    return series;
  }

  function begin(
    byId: Map<string, Series>,
    id: string,
    description: SeriesDescription,
    first: { timeMs: number; value: number },
  ): Series {
    const series =
      restored(id, description, first) ?? new Series(description, first, options.capacity);
    byId.set(id, series);
    detection.add(series);
    return series;
  }

  /** The series as it was before a restart, and its first sample since. */
  function restored(
    id: string,
    description: SeriesDescription,
    first: { timeMs: number; value: number },
  ): Series | undefined {
    const stored = store?.take(id);
    if (!stored) return undefined;
    const checkpoint = usable(stored.checkpoint ?? undefined, first.timeMs);
    const [before, ...more] = stored.samples;
    // Samples in the future come from a clock that was ahead.
    const isAhead = stored.samples.some(({ timeMs }) => timeMs >= first.timeMs);
    const series =
      before && !isAhead
        ? Series.restored(description, [before, ...more, first], stored.scored, options.capacity)
        : new Series(description, first, options.capacity);
    series.checkpoint = checkpoint;
    statuses.restore(series, stored.status);
    return series;
  }

  /** Forgets series whose samples are all out of date, such as those of a core that is offline. */
  function forgetOld(byId: Map<string, Series>, nowMs: number): void {
    const isKept = hasSampleWithin(options.capacity, nowMs);
    for (const one of byId.values()) {
      if (isKept(one)) continue;
      forget(byId, one);
      statuses.forget(one);
      store?.forget(one);
    }
  }

  function forget(byId: Map<string, Series>, series: Series): void {
    metrics.droppedSamples.inc(series.backlog);
    incidents.forget(series);
    detection.remove(series);
    byId.delete(series.id);
  }

  const failing = new Set<Source>();
  const running = Promise.all(
    sources.map((source) =>
      sampleSource(
        source,
        (readings, tickMs) => onReadings(source, readings, tickMs),
        (isFailing) => (isFailing ? failing.add(source) : failing.delete(source)),
        metrics,
        clock,
        logger,
        stop.signal,
      ),
    ),
  );
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
      const [unread] = failing;
      if (unread) return { ready: false, reason: `source ${unread.name} failed: see the log` };
      if (all().length === 0) return { ready: false, reason: "no sample yet" };
      const code = detection.lastCode();
      if (code === undefined) return { ready: false, reason: "no verdict yet: warming up" };
      if (code !== "OK") return { ready: false, reason: `detection failed: ${code}` };
      const [refused] = detection.setAside();
      if (refused) return { ready: false, reason: `detector refused ${refused.id}: see the log` };
      return { ready: true, reason: "ok" };
    },
    async close() {
      stop.abort();
      await running;
      await following;
      await storing;
    },
  };
}

/** A checkpoint, unless it was taken by a clock that was ahead. */
const usable = (checkpoint: Checkpoint | undefined, nowMs: number): Checkpoint | undefined =>
  checkpoint && checkpoint.timeMs < nowMs ? checkpoint : undefined;
