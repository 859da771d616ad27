// Collectors of many hosts in one process, with the collector's own detection and client, for
// start-fleet.ts: node bench/scale/fleet.ts OPTIONS
import { createInterface } from "node:readline";
import { createDetectorClient } from "@outliers/client/detector-client";
import { systemClock } from "@outliers/collector/clock";
import { createDetection } from "@outliers/collector/detection";
import { createMetrics } from "@outliers/collector/metrics";
import { SampleBudget } from "@outliers/collector/sample-budget";
import { Series } from "@outliers/collector/series";
import { Statuses } from "@outliers/collector/sinks/status";
import { ticks } from "@outliers/collector/ticks";
import { createLogger } from "@outliers/service/logger";
import { CHECKPOINT_SAMPLES, DEADLINE_MS, describe, learn, settingsOf, valueAt } from "./known.ts";
import { noNormals } from "./no-normals.ts";
import type { Command, FleetOptions, Recovery, Report } from "./start-fleet.ts";

const [text = ""] = process.argv.slice(2);
const options: FleetOptions = JSON.parse(text);
const { collectors, seriesEach, intervalMs, port } = options;
const settings = settingsOf(intervalMs);
const logger = createLogger("fleet", options.logLevel);

let addresses = options.addresses;
const lookup = async () => addresses.map((address) => ({ address }));
const connect = () =>
  createDetectorClient(`dns:///detector:${port}`, DEADLINE_MS, undefined, lookup);

const fleet: Series[] = [];
let opened = 0;
let failed = 0;
const metrics = createMetrics({
  series: () => [],
  statuses: new Statuses(intervalMs),
  backlog: () => 0,
  setAside: () => 0,
  now: Date.now,
  activeHoldMs: 0,
});

/** How long after a sample its verdict came, since the last report. */
let waitsMs: number[] = [];
let watch: { sinceMs: number; missing: Set<Series>; doneMs: number[] } | undefined;

const context = {
  sinks: [
    {
      onVerdicts(series: Series, _: unknown, nowMs: number) {
        const newestMs = series.samples.at(series.scored - 1).timeMs;
        if (series.backlog === 0) waitsMs.push(nowMs - newestMs);
        if (!watch || newestMs < watch.sinceMs || !watch.missing.delete(series)) return;
        watch.doneMs.push(nowMs - watch.sinceMs);
        if (watch.missing.size > 0) return;
        const doneMs = watch.doneMs.sort((a, b) => a - b);
        const halfMs = doneMs[Math.floor(doneMs.length / 2)] ?? Number.NaN;
        print({ halfMs, allMs: doneMs.at(-1) ?? Number.NaN });
        watch = undefined;
      },
    },
  ],
  metrics,
  clock: systemClock,
  logger,
  normals: noNormals(logger),
  signal: new AbortController().signal,
  onCode() {},
  onStartOver() {},
};

function print(what: Recovery | Report | { ready: true }): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

const nowMs = Math.floor(Date.now() / intervalMs) * intervalMs;
const checkpoint = await learn(
  describe("known", intervalMs),
  connect,
  nowMs - CHECKPOINT_SAMPLES * intervalMs,
  context,
);
const hosts = Array.from({ length: collectors }, (_, host) => {
  const detection = createDetection(settings, connect(), () => opened++, context);
  const all = Array.from({ length: seriesEach }, (_, at) => {
    const since = Math.floor(Math.random() * CHECKPOINT_SAMPLES);
    const timeMs = nowMs - since * intervalMs;
    const series = new Series(
      describe(`host${host}_series${at}`, intervalMs),
      { timeMs, value: valueAt(timeMs) },
      new SampleBudget(20_000),
    );
    for (let back = since - 1; back >= 0; back--) {
      const atMs = nowMs - back * intervalMs;
      series.push({ timeMs: atMs, value: valueAt(atMs) });
    }
    // All but the newest have had their verdicts from a replica that is no more.
    series.advance(since);
    series.checkpoint = checkpoint;
    detection.add(series);
    fleet.push(series);
    return series;
  });
  return { detection, all };
});

/** Requests that have failed so far. */
async function failures(): Promise<number> {
  const { values } = await metrics.detectRequests.get();
  return values
    .filter(({ labels }) => labels.code !== "OK")
    .reduce((sum, { value }) => sum + value, 0);
}

async function report(): Promise<Report> {
  const failedNow = await failures();
  const waits = Float64Array.from(waitsMs).sort();
  waitsMs = [];
  const quantile = (q: number) => waits[Math.ceil(q * waits.length) - 1] ?? Number.NaN;
  const told = {
    verdicts: waits.length,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    opened,
    failed: failedNow - failed,
    checkpointBytes: checkpoint.state.length,
  };
  opened = 0;
  failed = failedNow;
  return told;
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command: Command = JSON.parse(line);
    if (command.is === "watch")
      watch = { sinceMs: Date.now(), missing: new Set(fleet), doneMs: [] };
    else if (command.is === "report") void report().then(print);
    else addresses = command.addresses;
  })
  .on("close", () => process.exit());

print({ ready: true });
for await (const { timeMs } of ticks(intervalMs, systemClock, context.signal)) {
  for (const { detection, all } of hosts) {
    for (const series of all) series.push({ timeMs, value: valueAt(timeMs) });
    detection.onSamples(all, timeMs);
  }
}
