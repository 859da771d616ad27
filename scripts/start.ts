// Runs a detector and a collector on this host until Ctrl-C. Prints their logs in readable form.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseConfig as parseCollectorConfig } from "@outliers/collector/config";
import { parseConfig as parseDetectorConfig } from "@outliers/detector/config";
import { ConfigError, hostPort, type ListenAddress, reachable } from "@outliers/service/env";
import { waitFor } from "@outliers/service/wait-for";
import pretty from "pino-pretty";

const READY_WITHIN_MS = 30_000;

const children: ChildProcess[] = [];
let isStopping = false;

function run(service: string, env: NodeJS.ProcessEnv = {}): void {
  if (isStopping) return;
  const main = fileURLToPath(new URL(`../${service}/src/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.pipe(pretty({ singleLine: true, translateTime: "SYS:HH:MM:ss" }));
  child.once("exit", (code) => {
    if (!isStopping) void stop(`${service} exited`, code || 1);
  });
  children.push(child);
}

async function stop(reason: string, exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  process.stdout.write(`\n${reason}: stopping\n`);
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  const exits = running.map((child) => once(child, "exit"));
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(exits);
  process.exit(exitCode);
}

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
const userStateDir = (): string =>
  join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "outliers");

const url = (address: ListenAddress, path: string): string =>
  `http://${hostPort(reachable(address))}${path}`;

const isReady = async (address: string): Promise<boolean> => (await fetch(address)).ok;

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

const answers = (address: string): Promise<boolean> =>
  fetch(address).then(
    () => true,
    () => false,
  );

async function start(): Promise<void> {
  const { detector, collector } = parseConfigs();
  const collectorUrl = url(collector.COLLECTOR_LISTEN_ADDRESS, "/");
  // Otherwise we would take its answers for our collector's.
  if (await answers(collectorUrl)) throw new Error(`${collectorUrl} is already in use`);
  run("detector");
  const detectorReady = url(detector.DETECTOR_METRICS_LISTEN_ADDRESS, "/readyz");
  await waitFor("the detector", READY_WITHIN_MS, () => isReady(detectorReady));
  run("collector", { STATE_DIR: collector.STATE_DIR ?? userStateDir() });
  const collectorReady = url(collector.COLLECTOR_LISTEN_ADDRESS, "/healthz");
  await waitFor("the collector", READY_WITHIN_MS, () => isReady(collectorReady));
  const warmUp = collector.METHOD === "adaptive" ? 100 : collector.MIN_SAMPLES;
  const warmUpSeconds = Math.ceil((warmUp * collector.SAMPLE_INTERVAL) / 1000);
  process.stdout.write(`
  Outliers is watching this host. It first warms up for ${warmUp} samples (${warmUpSeconds} s).

    open this          ${collectorUrl}   (live: values, expected bands, incidents)
    metrics            ${url(collector.COLLECTOR_LISTEN_ADDRESS, "/metrics")}
    detector, gRPC     ${hostPort(reachable(detector.DETECTOR_LISTEN_ADDRESS))}   (pb.Outliers, reflection, health)
    detector, metrics  ${url(detector.DETECTOR_METRICS_LISTEN_ADDRESS, "/metrics")}

  Then load the CPU from another terminal:  make spike
  Stop with Ctrl-C.

`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void stop(signal, 0));
}
try {
  await start();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const message = error instanceof ConfigError ? error.message : `can't start: ${error.message}`;
  process.stderr.write(`${message}\n`);
  await stop("failed", 1);
}
