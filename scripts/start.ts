// Runs a detector and a collector on this host until Ctrl-C. Prints their logs in readable form.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Config as CollectorConfig,
  parseConfig as parseCollectorConfig,
} from "@outliers/collector/config";
import { hasStoredSeries } from "@outliers/collector/state-store";
import { parseConfig as parseDetectorConfig } from "@outliers/detector/config";
import { ConfigError, hostPort, type ListenAddress, reachable } from "@outliers/service/env";
import { waitFor } from "@outliers/service/wait-for";
import pretty from "pino-pretty";

/** How often to say what is waited for. */
const REMINDER_MS = 15_000;
/** What a child gets, after its own SHUTDOWN_TIMEOUT, before it is killed. */
const KILL_GRACE_MS = 5000;

const children: ChildProcess[] = [];
let isStopping = false;
let shutdownTimeoutMs = 0;

function run(service: string, env: NodeJS.ProcessEnv = {}): void {
  if (isStopping) return;
  const main = fileURLToPath(new URL(`../${service}/src/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.pipe(pretty({ singleLine: true, translateTime: "SYS:HH:MM:ss" }));
  child.once("exit", (code, signal) => {
    const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
    if (!isStopping) void stop(`the ${service} ${how}`, code || 1);
  });
  children.push(child);
}

async function stop(reason: string, exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  if (children.length > 0) process.stdout.write(`\n${reason}: stopping\n`);
  const exits = running.map((child) => once(child, "exit"));
  for (const child of running) child.kill("SIGTERM");
  setTimeout(() => {
    for (const child of running) child.kill("SIGKILL");
  }, shutdownTimeoutMs + KILL_GRACE_MS);
  await Promise.all(exits);
  process.exit(exitCode);
}

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
const userStateDir = (): string =>
  join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "outliers");

const url = (address: ListenAddress, path: string): string =>
  `http://${hostPort(reachable(address))}${path}`;

/** Waits for a service as long as it runs: on a busy host a start takes a while. */
async function untilReady(service: string, address: string): Promise<void> {
  const reminder = setInterval(() => {
    process.stdout.write(`still waiting for the ${service} to start\n`);
  }, REMINDER_MS);
  await waitFor(`the ${service}`, Number.POSITIVE_INFINITY, async () => {
    return (await fetch(address, { signal: AbortSignal.timeout(REMINDER_MS) })).ok;
  });
  clearInterval(reminder);
}

/** The configurations of both services; throws with the errors of both. */
function parseConfigs() {
  const errors: string[] = [];
  function parse<T>(service: string, parseConfig: (env: NodeJS.ProcessEnv) => T): T | undefined {
    try {
      return parseConfig(process.env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      errors.push(`${service}: ${error.message}`);
      return undefined;
    }
  }
  const detector = parse("detector", parseDetectorConfig);
  const collector = parse("collector", parseCollectorConfig);
  if (detector && collector) return { detector, collector };
  throw new ConfigError(errors.join("\n"));
}

const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: "something already listens there. Stop it, or choose another port",
  EACCES: "this user may not listen on that port: choose one above 1023",
  EADDRNOTAVAIL: "this host doesn't have that address",
  ENOTFOUND: "this host doesn't have that address",
};

/**
 * Checks that every address is free: otherwise we would take another instance's answers for our own.
 * @throws ConfigError that names each variable whose address is not
 */
async function checkAddresses(addresses: Readonly<Record<string, ListenAddress>>): Promise<void> {
  const errors: string[] = [];
  const servers: Server[] = [];
  for (const [name, address] of Object.entries(addresses)) {
    const given = `${name}=${hostPort(address)}`;
    if (address.port === 0) errors.push(`  ${given}: expected a port from 1 to 65535`);
    const server = createServer();
    const host = address.host === "" ? {} : { host: address.host };
    server.listen({ port: address.port, ...host });
    try {
      await once(server, "listening");
      servers.push(server);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      errors.push(`  ${given}: ${WHY_NOT[code] ?? code}`);
    }
  }
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  if (errors.length > 0) throw new ConfigError(`can't start:\n${errors.join("\n")}`);
}

function watched({ SOURCES, QUERIES_FILE }: CollectorConfig): string {
  const host = SOURCES?.length === 0 ? [] : ["this host"];
  const queries = QUERIES_FILE === undefined ? [] : [`the queries of ${QUERIES_FILE}`];
  return `Outliers is watching ${[...host, ...queries].join(" and ")}.`;
}

/** When series have verdicts. @param storedIn where the state of some is; undefined: nowhere */
function readiness(config: CollectorConfig, storedIn: string | undefined): string[] {
  const { METHOD, MIN_SAMPLES, SAMPLE_INTERVAL, QUERIES_FILE } = config;
  const warmUp = METHOD === "adaptive" ? 100 : MIN_SAMPLES;
  const seconds = Math.ceil((warmUp * SAMPLE_INTERVAL) / 1000);
  return [
    ...(storedIn === undefined
      ? []
      : [`Series that are known go on from their state in ${storedIn}.`]),
    ...(config.SOURCES?.length === 0
      ? []
      : [`New series of the host warm up for ${warmUp} samples (${seconds} s).`]),
    ...(QUERIES_FILE === undefined
      ? []
      : [`Series of queries are ready when their past has been read, or after ${warmUp} samples.`]),
  ];
}

async function start(): Promise<void> {
  const { detector, collector } = parseConfigs();
  const { COLLECTOR_LISTEN_ADDRESS, DETECTOR_LISTEN_ADDRESS, DETECTOR_METRICS_LISTEN_ADDRESS } = {
    ...detector,
    ...collector,
  };
  await checkAddresses({
    COLLECTOR_LISTEN_ADDRESS,
    DETECTOR_LISTEN_ADDRESS,
    DETECTOR_METRICS_LISTEN_ADDRESS,
  });
  shutdownTimeoutMs = detector.SHUTDOWN_TIMEOUT;
  run("detector");
  await untilReady("detector", url(DETECTOR_METRICS_LISTEN_ADDRESS, "/readyz"));
  const stateDir = collector.STATE_DIR ?? userStateDir();
  const isStored = await hasStoredSeries(stateDir);
  run("collector", {
    STATE_DIR: stateDir,
    DETECTOR_ADDRESS:
      process.env.DETECTOR_ADDRESS || `dns:///${hostPort(reachable(DETECTOR_LISTEN_ADDRESS))}`,
  });
  const collectorUrl = url(COLLECTOR_LISTEN_ADDRESS, "/");
  await untilReady("collector", url(COLLECTOR_LISTEN_ADDRESS, "/healthz"));
  process.stdout.write(`
  ${watched(collector)}
  ${readiness(collector, isStored ? stateDir : undefined).join("\n  ")}

    open this          ${collectorUrl}   (live: values, expected bands, incidents)
    metrics            ${url(COLLECTOR_LISTEN_ADDRESS, "/metrics")}
    detector, gRPC     ${hostPort(reachable(DETECTOR_LISTEN_ADDRESS))}   (pb.Outliers, reflection, health)
    detector, metrics  ${url(DETECTOR_METRICS_LISTEN_ADDRESS, "/metrics")}

  Then load the CPU from another terminal:  make spike
  Stop with Ctrl-C.

`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void stop(signal, 0));
}
// However this process ends, as when nobody reads its output any more.
process.on("exit", () => {
  for (const child of children) child.kill("SIGTERM");
});
if (process.stdin.isTTY) {
  // On a terminal a shell runs between make and this process, and passes no signals on.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stop("make has ended", 0);
  }, 1000).unref();
}
try {
  await start();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const message = error instanceof ConfigError ? error.message : `can't start: ${error.message}`;
  process.stderr.write(`${message}\n`);
  await stop("failed", 1);
}
