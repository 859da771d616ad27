import { setTimeout as delay } from "node:timers/promises";
import { cpuSeconds, rssMib } from "../speed/process-stats.ts";
import { table } from "../speed/table.ts";
import { gauge } from "./gauge.ts";
import { type Replica, startReplica } from "./replica.ts";
import { startFleet } from "./start-fleet.ts";

type Size = { replicas: number; hosts: number; series: number; intervalMs: number };

/** More and more replicas for the same fleet, more and more hosts for one, and other kinds of fleets. */
const SIZES: readonly Size[] = [
  { replicas: 1, hosts: 250, series: 8, intervalMs: 1000 },
  { replicas: 2, hosts: 250, series: 8, intervalMs: 1000 },
  { replicas: 4, hosts: 250, series: 8, intervalMs: 1000 },
  { replicas: 1, hosts: 1000, series: 8, intervalMs: 1000 },
  { replicas: 1, hosts: 500, series: 8, intervalMs: 5000 },
  { replicas: 1, hosts: 20, series: 200, intervalMs: 1000 },
];
const SETTLE_SECONDS = 5;
const SECONDS = 20;
/** All hosts of the bench have one address, and each a connection or two. */
const LIMITS = { MAX_CONNECTIONS: "8000", MAX_STREAMS: "4000" };

/** What fleets take: cores and memory by hosts, how even, how fast, and what the death of a replica costs. */
export async function sizes(print: (text: string) => void): Promise<void> {
  const rows: string[][] = [];
  for (const size of SIZES) rows.push(await measure(size));
  const header = [
    "hosts × series × interval",
    "replicas",
    "cores per 1,000 hosts",
    "busiest replica, cores",
    "bench itself, cores",
    "RSS, MiB",
    "MiB per 1,000 hosts",
    "most/mean series",
    "verdict p50, ms",
    "p99, ms",
    "failover, s",
  ];
  print(table(header, rows));
}

async function measure({ replicas: count, hosts, series, intervalMs }: Size): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await startReplica(1, 0, undefined, LIMITS));
  const replicas: Replica[] = [first];
  while (replicas.length < count)
    replicas.push(
      stack.use(await startReplica(replicas.length + 1, first.port, undefined, LIMITS)),
    );
  const emptyMib = sum(replicas.map(({ pid }) => rssMib(pid)));
  const addresses = replicas.map(({ host }) => host);
  const fleet = stack.use(
    await startFleet({
      addresses,
      port: first.port,
      collectors: hosts,
      seriesEach: series,
      intervalMs,
    }),
  );
  await fleet.recovery();
  await delay(SETTLE_SECONDS * 1000);
  await fleet.report();
  const cpus = () => [...replicas, fleet].map(({ pid }) => cpuSeconds(pid));
  const before = cpus();
  const startMs = performance.now();
  await delay(SECONDS * 1000);
  const seconds = (performance.now() - startMs) / 1000;
  const cores = cpus().map((cpu, at) => (cpu - (before[at] ?? 0)) / seconds);
  const fleetCores = cores.pop() ?? Number.NaN;
  const mib = sum(replicas.map(({ pid }) => rssMib(pid)));
  const held = await Promise.all(replicas.map((one) => gauge(one, "detector_series")));
  const { p50Ms, p99Ms } = await fleet.report();
  return [
    `${hosts} × ${series} × ${intervalMs / 1000} s`,
    String(count),
    ((1000 * sum(cores)) / hosts).toFixed(2),
    Math.max(...cores).toFixed(2),
    fleetCores.toFixed(2),
    mib.toFixed(0),
    ((1000 * (mib - emptyMib)) / hosts).toFixed(0),
    ((Math.max(...held) * count) / sum(held)).toFixed(2),
    p50Ms.toFixed(0),
    p99Ms.toFixed(0),
    count > 1 ? ((await failover(first, fleet)) / 1000).toFixed(1) : "",
  ];
}

/** @returns how long it takes until all of the fleet's series have verdicts again */
async function failover(
  dying: Replica,
  fleet: Awaited<ReturnType<typeof startFleet>>,
): Promise<number> {
  const recovered = fleet.recovery();
  process.kill(dying.pid, "SIGKILL");
  return (await recovered).allMs;
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);
