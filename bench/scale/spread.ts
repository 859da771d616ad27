import { setTimeout as delay } from "node:timers/promises";
import { table } from "../speed/table.ts";
import { gauge } from "./gauge.ts";
import { type Replica, startReplica } from "./replica.ts";
import { startFleet } from "./start-fleet.ts";

const REPLICAS = 4;
const SECONDS = 60;
const EVERY_SECONDS = 10;
/** 100 collectors with one stream each, and with a stream for each of two kinds of series. */
const FLEETS = [
  { collectors: 100, seriesEach: 8 },
  { collectors: 20, seriesEach: 1000, intervalMs: 15_000 },
];

/** One replica becomes four: how soon each has its share of the streams, and how many are moved. */
export async function spread(print: (text: string) => void): Promise<void> {
  for (const fleet of FLEETS) {
    const first = await startReplica(1);
    await using stack = new AsyncDisposableStack();
    const replicas: Replica[] = [stack.use(first)];
    const collectors = stack.use(await startFleet({ ...first.resolved, ...fleet }));
    await collectors.recovery();
    await collectors.report();
    while (replicas.length < REPLICAS)
      replicas.push(stack.use(await startReplica(replicas.length + 1, first.port)));
    collectors.resolveTo(replicas.map(({ host }) => host));
    const rows: string[][] = [];
    let moved = 0;
    for (let seconds = 0; ; seconds += EVERY_SECONDS) {
      const streams = await Promise.all(replicas.map((one) => gauge(one, "detector_streams")));
      const report = await collectors.report();
      moved += report.opened;
      const mean = streams.reduce((sum, count) => sum + count, 0) / streams.length;
      rows.push([
        String(seconds),
        ...streams.map(String),
        (Math.max(...streams) / mean).toFixed(2),
        String(moved),
        String(report.failed),
        (report.p99Ms / 1000).toFixed(2),
      ]);
      if (seconds === SECONDS) break;
      await delay(EVERY_SECONDS * 1000);
    }
    print(
      `${fleet.collectors} collectors × ${fleet.seriesEach} series, one replica becomes ${REPLICAS}:\n\n`,
    );
    print(
      table(
        [
          "s",
          ...replicas.map((_, at) => `streams ${at + 1}`),
          "most/mean",
          "moved",
          "failed",
          "verdict p99, s",
        ],
        rows,
      ),
    );
  }
}
