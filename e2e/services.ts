import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitFor } from "@outliers/service/wait-for";
import { simulateMemory } from "./simulated-memory.ts";

const isOk = async (url: string): Promise<boolean> => (await fetch(url)).ok;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

const thisVersion = fileURLToPath(new URL("..", import.meta.url));

/**
 * A service as a process of this host that a test starts and stops.
 * @param root the folder of the version to run
 */
export function service(
  name: string,
  env: Record<string, string>,
  readyUrl: string,
  root: string = thisVersion,
) {
  const main = join(root, name, "src/main.ts");
  let child: ChildProcess | undefined;
  return {
    async start(): Promise<void> {
      child = spawn(process.execPath, [main], { env: { ...process.env, ...env }, stdio: "ignore" });
      await waitFor(name, 30_000, () => isOk(readyUrl));
    },
    async stop(): Promise<void> {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    },
  };
}

/**
 * A detector, and a collector that samples this host five times per second, on free ports. Only the
 * memory is simulated.
 * @param settings further settings of the collector
 */
export async function createServices(settings: Record<string, string> = {}) {
  const [grpc, detectorMetrics, http] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const proc = await mkdtemp(join(tmpdir(), "outliers-proc-"));
  for (const name of ["stat", "loadavg"]) await symlink(join("/proc", name), join(proc, name));
  const load = join(proc, "loadavg");
  const memory = simulateMemory();
  await symlink(memory.path, join(proc, "meminfo"));
  return {
    url,
    /** The folder that the collector reads as /proc. */
    proc,
    memory,
    /** The file from which the collector reads the load, which may disappear and come back. */
    load: { hide: () => rm(load), show: () => symlink("/proc/loadavg", load) },
    clean: () => rm(proc, { recursive: true }),
    detector: service(
      "detector",
      {
        DETECTOR_LISTEN_ADDRESS: `127.0.0.1:${grpc}`,
        DETECTOR_METRICS_LISTEN_ADDRESS: `127.0.0.1:${detectorMetrics}`,
      },
      `http://127.0.0.1:${detectorMetrics}/readyz`,
    ),
    collector: service(
      "collector",
      {
        COLLECTOR_LISTEN_ADDRESS: `127.0.0.1:${http}`,
        DETECTOR_ADDRESS: `dns:///127.0.0.1:${grpc}`,
        HOST_PROC: proc,
        SAMPLE_INTERVAL: "200ms",
        DETECT_INTERVAL: "200ms",
        // Equivalent to the defaults at 1 s: one tick is five times the share of a sample, and a day has five
        // times as many samples.
        MIN_DEVIATION: "10",
        SENSITIVITY: "0.5",
        ...settings,
      },
      `${url}/healthz`,
    ),
  };
}
