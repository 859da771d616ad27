import { cpuSeconds, rssMib } from "../speed/process-stats.ts";
import { table } from "../speed/table.ts";
import { startFleet } from "./start-fleet.ts";
import { startReplica } from "./replica.ts";

/** 1,000 series each time, as few and as many hosts. */
const FLEETS = [
  { collectors: 125, seriesEach: 8 },
  { collectors: 1, seriesEach: 1000 },
];

/** All collectors come to one replica at once, which has one core and has nothing of them yet. */
export async function reconnect(_: number, print: (text: string) => void): Promise<void> {
  const rows: string[][] = [];
  for (const fleet of FLEETS) {
    await using replica = await startReplica(1, 0, 0);
    await using collectors = await startFleet({ ...replica.resolved, ...fleet }, 1);
    const before = cpuSeconds(replica.pid);
    const { doneMs } = await collectors.recovery();
    const { opened, codes, checkpointBytes } = await collectors.report();
    rows.push([
      `${fleet.collectors} × ${fleet.seriesEach}`,
      (quantile(doneMs, 0.5) / 1000).toFixed(1),
      (quantile(doneMs, 1) / 1000).toFixed(1),
      (cpuSeconds(replica.pid) - before).toFixed(1),
      rssMib(replica.pid).toFixed(0),
      String(opened),
      Object.entries(codes)
        .filter(([code]) => code !== "OK")
        .map(([code, count]) => `${count} ${code}`)
        .join(", "),
      String(checkpointBytes),
    ]);
  }
  print(table(["collectors × series", "half, s", "all, s", "CPU, s", "RSS, MiB", "streams", "failed requests", "checkpoint, bytes"], rows));
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? Number.NaN;
}
