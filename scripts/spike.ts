// Loads every core for a while, and reports when that is detected: `make spike SECONDS=20`.
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { parseConfig } from "@outliers/collector/config";
import { hostPort, reachable } from "@outliers/service/env";
import { waitFor } from "@outliers/service/wait-for";

const SERIES = "cpu_utilization_percent";
/** How long a stack may take to start. */
const START_LIMIT_MS = 15_000;
const WARM_UP_LIMIT_MS = 600_000;
// A worker that never yields; it is terminated from outside.
const BURN = "for (;;) Math.sqrt(Math.random());";

const seconds = Number(process.argv[2] ?? "20");
const metricsUrl = process.argv[3] ?? collectorUrl();
if (!(seconds > 0 && seconds <= 3600)) {
  fail(`SECONDS=${process.argv[2]}: expected a number of seconds from 1 to 3600`);
}

/** The collector's address according to the settings. */
function collectorUrl(): string {
  try {
    return `http://${hostPort(reachable(parseConfig(process.env).COLLECTOR_LISTEN_ADDRESS))}/metrics`;
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** A metric of the series with these further labels; undefined if there is none. */
async function metric(name: string, labels = ""): Promise<number | undefined> {
  const text = await (await fetch(metricsUrl, { signal: AbortSignal.timeout(1000) })).text();
  const line = `${name}{series="${SERIES}"${labels}} `;
  const found = text.split("\n").find((one) => one.startsWith(line));
  return found === undefined ? undefined : Number(found.slice(line.length));
}

const warmingUp = (): Promise<number | undefined> =>
  metric("outliers_state", ',state="warming_up"');

async function isDetectedSince(timeMs: number): Promise<boolean> {
  const lastOutlierSeconds = await metric("outliers_last_outlier_timestamp_seconds").catch(() => 0);
  return (lastOutlierSeconds ?? 0) * 1000 >= timeMs;
}

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

/** Waits for a condition, and prints what it is waiting for. */
async function patiently(
  what: string,
  limitMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  if (await holds().catch(() => false)) return;
  process.stdout.write(`waiting for ${what}\n`);
  await waitFor(what, limitMs, holds);
}

try {
  await patiently(
    `a collector on ${metricsUrl}: \`make start\` or \`docker compose up\` starts one`,
    START_LIMIT_MS,
    async () => (await warmingUp()) !== undefined,
  );
  await patiently(
    "the end of the warm-up, 100 samples",
    WARM_UP_LIMIT_MS,
    async () => (await warmingUp()) === 0,
  );
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

const startedAtMs = Date.now();
const workers = Array.from(
  { length: availableParallelism() },
  () => new Worker(BURN, { eval: true }),
);
process.stdout.write(`loading ${workers.length} cores for ${seconds} s\n`);
let isSeen = false;
while (Date.now() < startedAtMs + seconds * 1000) {
  await delay(250);
  if (isSeen || !(await isDetectedSince(startedAtMs))) continue;
  isSeen = true;
  const after = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  process.stdout.write(`${SERIES} is an outlier after ${after} s: see ${metricsUrl}\n`);
}
await Promise.all(workers.map((worker) => worker.terminate()));
if (!isSeen)
  fail(`${SERIES} was not an outlier: the host was already busy, or such loads are normal for it`);
