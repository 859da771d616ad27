import { table } from "../speed/table.ts";
import { startReplica } from "./replica.ts";
import { startFleet } from "./start-fleet.ts";

const FLEETS = [
  { collectors: 125, seriesEach: 8 },
  { collectors: 1, seriesEach: 1000 },
];
const ROUNDS = 3;
/** A replica with 1,000 series is killed, and another one runs. */
export async function failover(print: (text: string) => void): Promise<void> {
  const rows: string[][] = [];
  for (const fleet of FLEETS) {
    for (let round = 0; round < ROUNDS; round++) {
      await using dying = await startReplica(1);
      await using other = await startReplica(2, dying.port);
      await using collectors = await startFleet({ ...dying.resolved, ...fleet });
      await collectors.recovery();
      await collectors.report();
      collectors.resolveTo([dying.host, other.host]);
      const recovered = collectors.recovery();
      process.kill(dying.pid, "SIGKILL");
      const { halfMs, allMs } = await recovered;
      const { opened, failed } = await collectors.report();
      rows.push([
        `${fleet.collectors} × ${fleet.seriesEach}`,
        (halfMs / 1000).toFixed(1),
        (allMs / 1000).toFixed(1),
        String(opened),
        String(failed),
      ]);
    }
  }
  print(table(["collectors × series", "half, s", "all, s", "streams", "failed requests"], rows));
}
