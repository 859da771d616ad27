import { setImmediate as others } from "node:timers/promises";
import { credentials } from "@grpc/grpc-js";
import { createDetectorClient } from "@outliers/client/detector-client";
import { createDetection } from "@outliers/collector/detection";
import { startPipeline } from "@outliers/collector/pipeline";
import type { Series } from "@outliers/collector/series";
import { watchQueries } from "@outliers/collector/sources/prometheus/queries";
import { parseQueries } from "@outliers/collector/sources/prometheus/queries-file";
import { createLogger } from "@outliers/service/logger";
import { PAST_STEPS, type Simulated } from "./fleet.ts";
import { startPrometheus } from "./prometheus.ts";
import { SimulatedClock } from "./simulated-clock.ts";

/** What is found in a series: when an event begins, at every outlier, and when it becomes absent. */
export type Found = { timeMs: number; phase: "begins" | "continues" | "absent"; reason: string };

/** What is found on simulated hosts while they are watched, by metric and host. */
export type Findings = Map<string, Found[]>;

export const keyOf = (metric: string, instance: string): string => `${metric} ${instance}`;

const DETECT_DEADLINE_MS = 60_000;

/**
 * Has a collector watch simulated hosts by queries: it reads the two weeks when it starts, and then
 * each minute.
 * @param policies for each metric, how its query is watched
 * @param liveSteps for how many minutes
 * @param detector its address
 */
export async function watch(
  hosts: Simulated,
  policies: Readonly<Record<string, object>>,
  liveSteps: number,
  detector: string,
): Promise<Findings> {
  await using prometheus = await startPrometheus(hosts);
  const clock = new SimulatedClock(hosts.timeOf(PAST_STEPS));
  const logger = createLogger("collector", "error");
  const client = createDetectorClient(
    `dns:///${detector}`,
    DETECT_DEADLINE_MS,
    credentials.createInsecure(),
  );
  const findings: Findings = new Map();
  const note = ({ description }: Series, found: Found): void => {
    const { query = "", instance = "" } = description.labels;
    const key = keyOf(query, instance);
    findings.set(key, [...(findings.get(key) ?? []), found]);
  };
  const detection = {
    method: "adaptive",
    threshold: 0,
    sensitivity: 0.1,
    trigger: { k: 1, n: 1 },
    timeZone: "UTC",
    window: 300,
    minSamples: 30,
    detectIntervalMs: 1000,
  } as const;
  const pipeline = await startPipeline(
    {
      stateDir: undefined,
      normalsFile: undefined,
      detectIntervalMs: 1000,
      capacity: 20_000,
      shownIntervals: 300,
      pastSamples: Number.POSITIVE_INFINITY,
      activeHoldMs: 30_000,
      sinks: [
        {
          onVerdicts(series, { outliers }) {
            for (const { sample, phase, reason } of outliers)
              note(series, { timeMs: sample.timeMs, phase, reason });
          },
        },
      ],
    },
    [],
    (context, onStream) => createDetection(detection, client, onStream, context),
    clock,
    logger,
  );
  const queries = Object.entries(policies).map(([name, policy]) => ({
    name,
    expr: name,
    ...policy,
  }));
  const file = "queries.yml";
  const watched = watchQueries(
    parseQueries(JSON.stringify({ url: prometheus.url, queries }), file),
    {
      file,
      direction: "both",
      clock,
      logger,
      metrics: pipeline.metrics,
      onChange: (sources) => pipeline.replaceSources(sources),
    },
  );
  const { lastSample, backfillSeries } = pipeline.metrics;
  /** Whether everything up to a time has its verdict. */
  async function isDone(timeMs: number): Promise<boolean> {
    const reads = (await lastSample.get()).values;
    if (reads.length < queries.length) return false;
    if (reads.some(({ value }) => value * 1000 < timeMs)) return false;
    if ((await backfillSeries.get()).values.some(({ value }) => value > 0)) return false;
    return pipeline.series().every(({ backlog }) => backlog === 0);
  }
  const absent = new Set<Series>();
  for (let step = PAST_STEPS; step < PAST_STEPS + liveSteps; step++) {
    const timeMs = hosts.timeOf(step);
    clock.advanceTo(timeMs);
    while (!(await isDone(timeMs))) await others();
    for (const series of pipeline.series()) {
      if (pipeline.statuses.stateOf(series) !== "absent" || absent.has(series)) continue;
      absent.add(series);
      note(series, { timeMs, phase: "absent", reason: "absent" });
    }
  }
  await watched.close();
  await pipeline.close();
  client.close();
  return findings;
}
