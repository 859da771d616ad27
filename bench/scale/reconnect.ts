import { cpuSeconds, rssMib } from "../speed/process-stats.ts";
import { table } from "../speed/table.ts";
import { startReplica } from "./replica.ts";
import { startFleet } from "./start-fleet.ts";

/** 1,000 series each time, as few and as many hosts. */
const FLEETS = [
  { collectors: 125, seriesEach: 8 },
  { collectors: 1, seriesEach: 1000 },
];

const REPLICA_CORE = 0;
const FLEET_CORE = 1;

/** All collectors come to one replica at once, which has one core and has nothing of them yet. */
export async function reconnect(print: (text: string) => void): Promise<void> {
  const rows: string[][] = [];
  for (const fleet of FLEETS) {
    await using replica = await startReplica(1, 0, REPLICA_CORE);
    await using collectors = await startFleet({ ...replica.resolved, ...fleet }, FLEET_CORE);
    const before = cpuSeconds(replica.pid);
    const { halfMs, allMs } = await collectors.recovery();
    const { opened, failed, checkpointBytes } = await collectors.report();
    rows.push([
      `${fleet.collectors} × ${fleet.seriesEach}`,
      (halfMs / 1000).toFixed(1),
      (allMs / 1000).toFixed(1),
      (cpuSeconds(replica.pid) - before).toFixed(1),
      rssMib(replica.pid).toFixed(0),
      String(opened),
      String(failed),
      String(checkpointBytes),
    ]);
  }
  print(
    table(
      [
        "collectors × series",
        "half, s",
        "all, s",
        "CPU, s",
        "RSS, MiB",
        "streams",
        "failed requests",
        "checkpoint, bytes",
      ],
      rows,
    ),
  );
}
