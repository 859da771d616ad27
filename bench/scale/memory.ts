import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createDetectorClient } from "@outliers/client/detector-client";
import { systemClock } from "@outliers/collector/clock";
import { createMetrics } from "@outliers/collector/metrics";
import { SampleBudget } from "@outliers/collector/sample-budget";
import { Series } from "@outliers/collector/series";
import { Incidents } from "@outliers/collector/sinks/incidents";
import { Statuses } from "@outliers/collector/sinks/status";
import { procCpu } from "@outliers/collector/sources/proc-cpu";
import { StateStore } from "@outliers/collector/state-store";
import { createLogger } from "@outliers/service/logger";
import { waitFor } from "@outliers/service/wait-for";
import { cpuSeconds, rssMib } from "../speed/process-stats.ts";
import { startCollector } from "../speed/services.ts";
import { table } from "../speed/table.ts";
import { gauge } from "./gauge.ts";
import { DEADLINE_MS, learn, valueAt } from "./known.ts";
import { noNormals } from "./no-normals.ts";
import { startReplica } from "./replica.ts";

/** With the six of the host as a whole, about 1,000 series. */
const CORES = 994;
const INTERVAL_MS = 1000;
/** A collector keeps 2,000 samples of a series, and those since its last checkpoint: 500 at most. */
const SAMPLES = 2500;
const SINCE_CHECKPOINT = 250;
const SECONDS = 60;
const SCRAPE_SECONDS = 15;
const WRITE_MS = 200;
const TICK_MS = 10;

/** A collector with 1,000 series and full buffers: its memory, and what it costs. */
export async function memory(print: (text: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "outliers-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true }));
  const proc = fakeProc(join(folder, "proc"));
  stack.defer(() => clearInterval(proc.writing));
  const replica = stack.use(await startReplica(1));
  const stateDir = join(folder, "state");
  await prefill(proc.path, stateDir, replica.address);
  const collector = stack.use(
    await startCollector(replica.address, {
      HOST_PROC: proc.path,
      SOURCES: "cpu",
      PER_CORE: "true",
      STATE_DIR: stateDir,
    }),
  );
  await waitFor("the collector to catch up", 600_000, async () => {
    await delay(1000);
    const scored = await gauge(collector, "collector_samples_total");
    return scored > CORES && (await gauge(collector, "collector_backlog_samples")) < 2 * CORES;
  });
  const mib: number[] = [];
  const before = cpuSeconds(collector.pid);
  const startMs = performance.now();
  for (let second = 0; second < SECONDS; second++) {
    await delay(1000);
    if (second % SCRAPE_SECONDS === 0) await collector.metrics();
    mib.push(rssMib(collector.pid));
  }
  const share = (1000 * (cpuSeconds(collector.pid) - before)) / (performance.now() - startMs);
  const [least, most] = [Math.min(...mib), Math.max(...mib)];
  print(
    table(
      ["series", "RSS, MiB: least", "most", "CPU of one core", "RSS of the detector, MiB"],
      [
        [
          String(CORES + 6),
          least.toFixed(0),
          most.toFixed(0),
          `${(100 * share).toFixed(1)} %`,
          rssMib(replica.pid).toFixed(0),
        ],
      ],
    ),
  );
}

/** A host's /proc with many cores, whose counters go on. */
function fakeProc(path: string) {
  mkdirSync(path);
  const startMs = performance.now();
  const busyTicks = Array.from({ length: CORES }, () => 0);
  let lastMs = startMs;
  const write = () => {
    const nowMs = performance.now();
    const ticks = (nowMs - startMs) / TICK_MS;
    const lines = busyTicks.map((busy, core) => {
      const more = busy + ((nowMs - lastMs) / TICK_MS) * (valueAt(Date.now()) / 100);
      busyTicks[core] = more;
      return `cpu${core} ${Math.round(more)} 0 0 ${Math.round(ticks - more)} 0 0 0 0 0 0`;
    });
    lastMs = nowMs;
    // At once, as the kernel gives it.
    writeFileSync(join(path, "next"), `cpu  0 0 0 0 0 0 0 0 0 0\n${lines.join("\n")}\n`);
    renameSync(join(path, "next"), join(path, "stat"));
  };
  write();
  return { path, writing: setInterval(write, WRITE_MS) };
}

/** Leaves the state of a collector that has watched these series for days. */
async function prefill(proc: string, folder: string, detector: string): Promise<void> {
  const logger = createLogger("collector", "warn");
  const statuses = new Statuses(INTERVAL_MS);
  const incidents = new Incidents(1, { onEventBegins() {}, onIncidentEnds() {} });
  const metrics = createMetrics({
    series: () => [],
    statuses,
    backlog: () => 0,
    setAside: () => 0,
    now: Date.now,
    activeHoldMs: 0,
  });
  const store = await StateStore.open(folder, { clock: systemClock, logger, metrics });
  const defaults = { direction: "both", intervalMs: INTERVAL_MS, minDeviation: undefined } as const;
  const source = procCpu(proc, true, defaults);
  await source.read(AbortSignal.timeout(1000));
  await delay(INTERVAL_MS);
  const readings = await source.read(AbortSignal.timeout(1000));
  const [first] = readings;
  if (!first) throw new Error("no readings");
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  const checkpoint = await learn(
    first.series,
    () => createDetectorClient(`dns:///${detector}`, DEADLINE_MS),
    nowMs - SINCE_CHECKPOINT * INTERVAL_MS,
    {
      sinks: [],
      metrics,
      clock: systemClock,
      logger,
      signal: new AbortController().signal,
      normals: noNormals(logger),
      onCode() {},
      onStartOver() {},
    },
  );
  for (const { series: description } of readings) {
    const startMs = nowMs - SAMPLES * INTERVAL_MS;
    const series = new Series(
      description,
      { timeMs: startMs, value: valueAt(startMs) },
      new SampleBudget(SAMPLES),
    );
    for (let timeMs = startMs + INTERVAL_MS; timeMs < nowMs; timeMs += INTERVAL_MS)
      series.push({ timeMs, value: valueAt(timeMs) });
    series.advance(series.samples.pushed);
    // So that all samples are stored, not only those since the checkpoint: as in a process that ran on.
    series.checkpoint = { ...checkpoint, timeMs: startMs - INTERVAL_MS };
    store.onVerdicts(series);
  }
  await store.run({ statuses, incidents, normals: noNormals(logger) }, AbortSignal.abort());
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stored = JSON.parse(readFileSync(path, "utf8"));
    if (!stored.checkpoint) continue;
    stored.checkpoint.timeMs = checkpoint.timeMs;
    writeFileSync(path, JSON.stringify(stored));
  }
}
