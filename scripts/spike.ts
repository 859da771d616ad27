// Loads every core for a while, and tells when the collector flags it: `make spike SECONDS=20`.

import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const SERIES = "cpu_utilization_percent";
// A worker that never yields; it is terminated from outside.
const BURN = "for (;;) Math.sqrt(Math.random());";

const seconds = Number(process.argv[2] ?? "20");
const metricsUrl = process.argv[3] ?? "http://127.0.0.1:9464/metrics";
if (!(seconds > 0 && seconds <= 3600)) {
  process.stderr.write(`SECONDS=${process.argv[2]}: expected a number of seconds from 1 to 3600\n`);
  process.exit(1);
}

async function lastFlaggedMs(): Promise<number | undefined> {
  try {
    const text = await (await fetch(metricsUrl, { signal: AbortSignal.timeout(1000) })).text();
    const pattern = `^outliers_last_flagged_timestamp_seconds\\{series="${SERIES}"\\} (.+)$`;
    const [, value] = new RegExp(pattern, "m").exec(text) ?? [];
    return value === undefined ? undefined : Number(value) * 1000;
  } catch {
    return undefined;
  }
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
  const flaggedAtMs = await lastFlaggedMs();
  if (isSeen || flaggedAtMs === undefined || flaggedAtMs < startedAtMs) continue;
  isSeen = true;
  const after = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  process.stdout.write(`${SERIES} flagged after ${after} s: see ${metricsUrl}\n`);
}
await Promise.all(workers.map((worker) => worker.terminate()));
if (!isSeen) {
  const reachable = (await lastFlaggedMs()) !== undefined;
  process.stdout.write(
    reachable
      ? `${SERIES} was not flagged: is the collector still warming up (outliers_state), or the host busy already?\n`
      : `no collector answers on ${metricsUrl}: \`make start\` or \`docker compose up\` first\n`,
  );
  process.exit(1);
}
