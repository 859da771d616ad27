// Loads every core for a while, and tells when the collector flags it: `make spike SECONDS=20`.
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { parseConfig } from "@outliers/collector/config";
import { hostPort, reachable } from "@outliers/service/env";
import { waitFor } from "./wait-for.ts";

const SERIES = "cpu_utilization_percent";
const WARM_UP_LIMIT_MS = 600_000;
// A worker that never yields; it is terminated from outside.
const BURN = "for (;;) Math.sqrt(Math.random());";

const seconds = Number(process.argv[2] ?? "20");
const metricsUrl = process.argv[3] ?? collectorUrl();
if (!(seconds > 0 && seconds <= 3600)) {
  fail(`SECONDS=${process.argv[2]}: expected a number of seconds from 1 to 3600`);
}

/** Where the settings say that the collector is. */
function collectorUrl(): string {
  try {
    return `http://${hostPort(reachable(parseConfig(process.env).COLLECTOR_LISTEN_ADDRESS))}/metrics`;
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** A metric of the series, by the labels that follow the series' own; undefined when it is not there. */
async function metric(name: string, labels = ""): Promise<number | undefined> {
  const text = await (await fetch(metricsUrl, { signal: AbortSignal.timeout(1000) })).text();
  const line = `${name}{series="${SERIES}"${labels}} `;
  const found = text.split("\n").find((one) => one.startsWith(line));
  return found === undefined ? undefined : Number(found.slice(line.length));
}

const isWarmingUp = async (): Promise<boolean> =>
  (await metric("outliers_state", ',state="warming_up"')) !== 0;

async function isFlaggedSince(timeMs: number): Promise<boolean> {
  const flaggedAtSeconds = await metric("outliers_last_flagged_timestamp_seconds").catch(() => 0);
  return (flaggedAtSeconds ?? 0) * 1000 >= timeMs;
}

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

try {
  if (await isWarmingUp()) {
    process.stdout.write("the collector is warming up, 100 samples: waiting for that first\n");
    await waitFor("the end of the warm-up", WARM_UP_LIMIT_MS, async () => !(await isWarmingUp()));
  }
} catch (error) {
  if (error instanceof Error && error.message.startsWith("waited")) fail(error.message);
  fail(`no collector answers on ${metricsUrl}: \`make start\` or \`docker compose up\` first`);
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
  if (isSeen || !(await isFlaggedSince(startedAtMs))) continue;
  isSeen = true;
  const after = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  process.stdout.write(`${SERIES} flagged after ${after} s: see ${metricsUrl}\n`);
}
await Promise.all(workers.map((worker) => worker.terminate()));
if (!isSeen)
  fail(`${SERIES} was not flagged: was the host busy already, or has it seen such loads?`);
