// Loads every core for a while, and reports when that is detected: `make spike SECONDS=20`.
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { parseConfig } from "@outliers/collector/config";
import { hostPort, reachable } from "@outliers/service/env";
import { waitFor } from "@outliers/service/wait-for";

/** How long a stack may take to start. */
const START_LIMIT_MS = 15_000;
const MIN_WARM_UP_LIMIT_MS = 600_000;
/** How long verdicts may take once the load is over. */
const LATE_VERDICT_MS = 10_000;

/** A way to load the CPU, with workers that never yield: they are terminated from outside. */
type Load = {
  name: string;
  /** The series on which it shows, and the value that it reaches on a host that is busy already. */
  series: string;
  reaches: number;
  workersPerCore: number;
  code: string;
};

/** In order of preference. */
const LOADS: readonly Load[] = [
  {
    name: "every core",
    series: "cpu_utilization_percent",
    reaches: 98,
    workersPerCore: 1,
    code: "for (;;) Math.sqrt(Math.random());",
  },
  {
    // Where every core is busy anyway, with programs: the kernel's share is what changes.
    name: "every core, which is busy already, with system calls",
    series: "cpu_system_percent",
    reaches: 70,
    workersPerCore: 6,
    code: `const { openSync, readSync } = require("node:fs");
      const zeros = openSync("/dev/zero", "r");
      const buffer = Buffer.alloc(1 << 20);
      for (;;) readSync(zeros, buffer);`,
  },
];

const seconds = Number(process.argv[2] ?? "20");
const metricsUrl = process.argv[3] ?? collectorUrl();
if (!(seconds > 0 && seconds <= 3600)) {
  fail(`SECONDS=${process.argv[2]}: expected a number of seconds from 1 to 3600`);
}

/** The collector's address according to the settings. */
function collectorUrl(): string {
  try {
    const { COLLECTOR_LISTEN_ADDRESS, DIRECTION } = parseConfig(process.env);
    if (DIRECTION === "down")
      fail("DIRECTION=down: a load can't be an outlier, as only lower values than expected count");
    return `http://${hostPort(reachable(COLLECTOR_LISTEN_ADDRESS))}/metrics`;
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** A metric of the series with these further labels; undefined if there is none. */
async function metric(name: string, series: string, labels = ""): Promise<number | undefined> {
  const text = await (await fetch(metricsUrl, { signal: AbortSignal.timeout(5000) })).text();
  const line = `${name}{series="${series}"${labels}} `;
  const found = text.split("\n").find((one) => one.startsWith(line));
  return found === undefined ? undefined : Number(found.slice(line.length));
}

const warmingUp = (): Promise<number | undefined> =>
  metric("outliers_state", "cpu_utilization_percent", ',state="warming_up"');

async function isDetectedSince(series: string, timeMs: number): Promise<boolean> {
  const last = await metric("outliers_last_outlier_timestamp_seconds", series).catch(() => 0);
  return (last ?? 0) * 1000 >= timeMs;
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

async function untilWarmedUp(): Promise<void> {
  await patiently(
    `a collector on ${metricsUrl} that samples the CPU: \`make start\` or \`docker compose up\` starts one`,
    START_LIMIT_MS,
    async () => (await warmingUp()) !== undefined,
  );
  const interval = await metric("outliers_interval_seconds", "cpu_utilization_percent");
  const warmUpSeconds = Math.ceil(100 * (interval ?? 1));
  await patiently(
    `the end of the warm-up, up to ${warmUpSeconds} s`,
    Math.max(MIN_WARM_UP_LIMIT_MS, 3000 * warmUpSeconds),
    async () => (await warmingUp()) === 0,
  );
}

/** The first load that exceeds what is expected on this host. */
async function chooseLoad(): Promise<Load> {
  const expected: string[] = [];
  for (const load of LOADS) {
    const upper = (await metric("outliers_expected_upper", load.series)) ?? 0;
    if (upper < load.reaches) return load;
    expected.push(`${load.series} up to ${Math.min(100, upper).toFixed(0)}`);
  }
  fail(
    `a load would not be an outlier on this host now, because it is too busy: expected are ${expected.join(", ")}. Try again when it is quieter.`,
  );
}

/** Loads the CPU for the given time, and returns whether that was detected. */
async function run({ name, series, workersPerCore, code }: Load): Promise<boolean> {
  const startedAtMs = Date.now();
  const endsAtMs = startedAtMs + seconds * 1000;
  const workers = Array.from(
    { length: workersPerCore * availableParallelism() },
    () => new Worker(code, { eval: true }),
  );
  process.stdout.write(`loading ${name} for ${seconds} s\n`);
  let isDetected = false;
  while (Date.now() < (isDetected ? endsAtMs : endsAtMs + LATE_VERDICT_MS)) {
    await delay(250);
    if (Date.now() >= endsAtMs)
      await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
    if (isDetected || !(await isDetectedSince(series, startedAtMs))) continue;
    isDetected = true;
    const after = ((Date.now() - startedAtMs) / 1000).toFixed(1);
    process.stdout.write(
      `${series} is an outlier after ${after} s: see ${metricsUrl.replace(/metrics$/, "")}\n`,
    );
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return isDetected;
}

try {
  await untilWarmedUp();
  const load = await chooseLoad();
  if (!(await run(load)))
    fail(`${load.series} was not an outlier: such loads have become normal for this host`);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
