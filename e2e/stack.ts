import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseEnv, promisify } from "node:util";
import { waitFor } from "@outliers/service/wait-for";
import { simulateMemory } from "./simulated-memory.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** Several stacks can run at once: numbers 0, 1 and 2. */
const stack = Number(process.env.E2E_STACK ?? 0);
const port = (first: number): number => first + 100 * stack;

export const PORTS = {
  collector: port(19464),
  prometheus: port(19090),
  grafana: port(13000),
  alertmanager: port(19093),
  detectors: `${port(19999)}-${port(20008)}`,
};

/** What the stack sees of its host's memory. */
export const memory = simulateMemory();

/** Five samples per second: the same behaviour as in production, five times as fast. */
const environment = {
  ...process.env,
  COMPOSE_PROJECT_NAME: `outliers-e2e-${stack}`,
  COMPOSE_FILE: "docker-compose.yml:e2e/simulated-memory.yml",
  SIMULATED_MEMINFO: memory.path,
  // Not the settings of this clone.
  COMPOSE_ENV_FILES: ".env.example",
  COLLECTOR_PORT: String(PORTS.collector),
  PROMETHEUS_PORT: String(PORTS.prometheus),
  GRAFANA_PORT: String(PORTS.grafana),
  ALERTMANAGER_PORT: String(PORTS.alertmanager),
  DETECTOR_PORTS: PORTS.detectors,
  // Gone with each restart, unless a test is about it.
  STATE_DIR: "/dev/shm/outliers",
  SAMPLE_INTERVAL: "200ms",
  DETECT_INTERVAL: "200ms",
  // Equivalent to the defaults at 1 s: one tick is five times the share of a sample, and a day has five times
  // as many samples.
  MIN_DEVIATION: "10",
  SENSITIVITY: "0.5",
};

const options = { cwd: root, env: environment, maxBuffer: 64 * 1024 * 1024 };

export async function docker(...args: string[]): Promise<string> {
  return (await run("docker", args, options)).stdout.trim();
}

export const compose = (...args: string[]): Promise<string> => docker("compose", ...args);

/** Like `compose`, with other settings. */
export async function composeWith(
  settings: Record<string, string>,
  ...args: string[]
): Promise<void> {
  await run("docker", ["compose", ...args], { ...options, env: { ...environment, ...settings } });
}

/** Runs a target of the Makefile for this stack. */
export async function make(...args: string[]): Promise<string> {
  return (await run("make", args, options)).stdout;
}

/** Gives the collector other settings by recreating its container. */
export async function reconfigureCollector(settings: Record<string, string>): Promise<void> {
  await composeWith(settings, "up", "--detach", "--no-deps", "collector");
  // Docker would check its health only after 15 s.
  await waitFor(
    "the collector",
    30_000,
    async () => (await get(PORTS.collector, "/healthz")) !== "",
  );
}

const MEMORY_READY = /^outliers_state\{series="memory_used_percent",state="ready"/;
const WARM_UP_LIMIT_MS = 60_000;

export const warmUp = (): Promise<void> =>
  waitFor(
    "the end of the warm-up",
    WARM_UP_LIMIT_MS,
    async () => (await collectorMetric(MEMORY_READY)) === 1,
  );

/** Loads every core for a while. */
export async function loadCpu(seconds: number): Promise<void> {
  const burn = fileURLToPath(new URL("../bench/cpu/burn.ts", import.meta.url));
  const cores = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, [burn, String(seconds)]),
  );
  await Promise.all(cores.map((core) => once(core, "exit")));
}

/** A line of a service's log; the last two fields are those of an incident. */
export type LogLine = { level: string; msg: string; series?: string; value?: number };

/** The parsed lines of a container's log. */
export async function logOf(container: string): Promise<LogLine[]> {
  const { stdout } = await run("docker", ["logs", container], options);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** The ids of a service's running containers, or of all. */
export async function containers(
  service: string,
  which: "running" | "all" = "running",
): Promise<string[]> {
  const all = which === "all" ? ["--all"] : [];
  const ids = await compose("ps", ...all, "--quiet", service);
  return ids === "" ? [] : ids.split("\n");
}

export const inspect = (container: string, format: string): Promise<string> =>
  docker("inspect", "--format", format, container);

/** Kills a container's first process like `kill -9` on the host, so that it is restarted. */
export async function killHard(container: string): Promise<void> {
  process.kill(Number(await inspect(container, "{{.State.Pid}}")), "SIGKILL");
}

/** The host's id of a container's own process, which the first one, an init, has started. */
export async function processOf(container: string): Promise<number> {
  const init = await inspect(container, "{{.State.Pid}}");
  return Number(await readFile(`/proc/${init}/task/${init}/children`, "utf8"));
}

/** The default settings. */
export const dotEnv = parseEnv(readFileSync(new URL("../.env.example", import.meta.url), "utf8"));
const grafanaImage = dotEnv.GRAFANA_IMAGE ?? "";

/** The services that can run here: without an image registry there may be no Grafana. */
export async function availableServices(): Promise<string[]> {
  const services = ["detector", "collector", "prometheus"];
  try {
    await docker("image", "inspect", grafanaImage).catch(() =>
      docker("pull", "--quiet", grafanaImage),
    );
    return [...services, "grafana"];
  } catch {
    process.stdout.write(
      `NOT RUN: Grafana, because ${grafanaImage} isn't available on this machine\n`,
    );
    return services;
  }
}

/** The text at a path on a published port. */
export async function get(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.text();
}

/** The sum of the matching lines of a /metrics text; NaN if none matches. */
export function sumOf(metrics: string, pattern: RegExp): number {
  const lines = metrics.split("\n").filter((line) => pattern.test(line));
  if (lines.length === 0) return Number.NaN;
  return lines.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
}

export const collectorMetrics = (): Promise<string> => get(PORTS.collector, "/metrics");

/** The sum of the collector's matching metric lines; NaN if none matches. */
export const collectorMetric = async (pattern: RegExp): Promise<number> =>
  sumOf(await collectorMetrics(), pattern);

/** The /metrics of a detector replica, whose port is not published. */
export function replicaMetrics(container: string): Promise<string> {
  const script = 'fetch("http://127.0.0.1:9465/metrics").then((r) => r.text()).then(console.log)';
  return docker("exec", container, "node", "-e", script);
}
