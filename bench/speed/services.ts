import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.ts";

/** A server with the one unary method. */
export type Server = Child & {
  /** host:port */
  readonly address: string;
  /** How many requests it has answered with OK, by its own count. */
  handled(): Promise<number>;
};

/** A process that serves metrics over HTTP. */
export type Exporter = Child & { metrics(): Promise<string> };

/** The path of a file of this repository. */
export const file = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** As in the images, where a first run has left what it compiled. */
const compiled = { NODE_COMPILE_CACHE: join(tmpdir(), "outliers-bench-compiled") };
/** As in the images, too. */
const malloc = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "131072",
};
const DETECTOR_FLAGS = ["--heap-growing-percent=50"];
const COLLECTOR_FLAGS = ["--max-semi-space-size=4", "--heap-growing-percent=50"];

/**
 * The detector, with its defaults but for the ports and what is given.
 * @param core the only one that it may run on
 */
export async function startDetector(
  settings: NodeJS.ProcessEnv = {},
  core?: number,
): Promise<Server & Exporter> {
  const command = [process.execPath, ...DETECTOR_FLAGS, file("detector/src/main.ts")];
  const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  const [program = "", ...args] = pinned;
  const child = startChild(program, args, {
    env: {
      ...compiled,
      ...malloc,
      DETECTOR_LISTEN_ADDRESS: "127.0.0.1:0",
      DETECTOR_METRICS_LISTEN_ADDRESS: "127.0.0.1:0",
      ...settings,
    },
  });
  const [port, metricsPort] = await child.nextLine((line) => {
    const match = /"grpcPort":(\d+),"metricsPort":(\d+),"msg":"serving"/.exec(line);
    return match ? [match[1], match[2]] : undefined;
  });
  const metrics = () => get(`http://127.0.0.1:${metricsPort}/metrics`);
  const host = settings.DETECTOR_LISTEN_ADDRESS?.split(":")[0] ?? "127.0.0.1";
  return {
    ...child,
    address: `${host}:${port}`,
    metrics,
    async handled() {
      const sample = /^grpc_server_handled_total{.*grpc_method="Detect",grpc_code="OK"} (\d+)$/m;
      return Number(sample.exec(await metrics())?.[1] ?? 0);
    },
  };
}

/** The collector, with its defaults but for the addresses and what is given. */
export async function startCollector(
  detector: string,
  settings: NodeJS.ProcessEnv = {},
): Promise<Exporter & { url: string }> {
  const child = startChild(process.execPath, [...COLLECTOR_FLAGS, file("collector/src/main.ts")], {
    env: {
      ...compiled,
      ...malloc,
      COLLECTOR_LISTEN_ADDRESS: "127.0.0.1:0",
      DETECTOR_ADDRESS: `dns:///${detector}`,
      ...settings,
    },
  });
  const port = await child.nextLine(
    (line) => /"port":(\d+),.*"msg":"collecting"/.exec(line)?.[1] ?? undefined,
  );
  const url = `http://127.0.0.1:${port}`;
  return { ...child, url, metrics: () => get(`${url}/metrics`) };
}

/** One of bench/peers: prints its port, then a count for each line that it is given. */
export async function startPeer(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Server> {
  const child = startChild(command, args, { env });
  const number = (line: string) => (/^\d+$/.test(line) ? Number(line) : undefined);
  const port = await child.nextLine(number);
  return {
    ...child,
    address: `127.0.0.1:${port}`,
    handled() {
      child.write("\n");
      return child.nextLine(number);
    },
  };
}

/** node_exporter, as Debian names it. */
export async function startNodeExporter(args: readonly string[]): Promise<Exporter> {
  const child = startChild(
    "prometheus-node-exporter",
    ["--web.listen-address=127.0.0.1:0", ...args],
    { output: "stderr" },
  );
  const port = await child.nextLine(
    (line) => /Listening on.*address=127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? undefined,
  );
  return { ...child, metrics: () => get(`http://127.0.0.1:${port}/metrics`) };
}

/** @throws when the answer is not 2xx */
export async function get(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}
