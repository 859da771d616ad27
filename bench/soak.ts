// Whether the detector's memory grows with traffic: npm run bench:soak -- [--minutes N]
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { OutliersClient } from "@outliers/proto";
import { mix, unavailable } from "./soak-traffic.ts";
import { rssMib } from "./speed/process-stats.ts";
import { startDetector } from "./speed/services.ts";
import { table, whole } from "./speed/table.ts";

const WORKERS = 4;
const EVERY_MS = 5000;
/** Until then the heap finds its size and the compiler its code: growth that ends. */
const WARM_UP_SHARE = 1 / 3;

type Reading = { requests: number; rss: number };

const { minutes: minutesText } = parseArgs({
  options: { minutes: { type: "string", default: "3" } },
}).values;
const minutes = Number(minutesText);
if (!(minutes > 0)) {
  process.stderr.write("usage: npm run bench:soak -- [--minutes N]\n");
  process.exit(1);
}

let requests = 0;
let isOver = false;

/** Goes round the mix, from a place of its own. */
async function work(address: string, from: number): Promise<void> {
  const client = new OutliersClient(address, credentials.createInsecure());
  for (let at = from; !isOver; at++) requests += (await mix[at % mix.length]?.(client)) ?? 0;
  client.close();
}

/** The slope of the line that fits best: MiB per request. */
function slope(readings: readonly Reading[]): number {
  const mean = (of: (reading: Reading) => number) =>
    readings.reduce((sum, reading) => sum + of(reading), 0) / readings.length;
  const meanRequests = mean((reading) => reading.requests);
  const meanRss = mean(({ rss }) => rss);
  const product = mean((reading) => (reading.requests - meanRequests) * (reading.rss - meanRss));
  return product / mean((reading) => (reading.requests - meanRequests) ** 2);
}

/** What the detector itself says it still holds. */
const gauge = (metrics: string, name: string): string =>
  new RegExp(`^${name} (.+)$`, "m").exec(metrics)?.[1] ?? "";

await using detector = await startDetector();
const readings: Reading[] = [];
const read = async (): Promise<void> => {
  // Tells a leak of objects from memory that the allocator doesn't give back.
  const heap = gauge(await detector.metrics(), "nodejs_heap_size_total_bytes");
  const reading = { requests, rss: rssMib(detector.pid) };
  readings.push(reading);
  process.stdout.write(
    `${whole(reading.requests)} requests, ${reading.rss.toFixed(1)} MiB, ` +
      `of that heap ${(Number(heap) / 2 ** 20).toFixed(1)} MiB\n`,
  );
};

await read();
const workers = Array.from({ length: WORKERS }, (_, index) =>
  work(detector.address, Math.floor((index * mix.length) / WORKERS)),
);
const endMs = performance.now() + minutes * 60_000;
const watching = (async () => {
  while (performance.now() < endMs) {
    await delay(EVERY_MS);
    await read();
  }
})();
// A worker ends before its time only by a wrong answer.
await Promise.race([watching, Promise.all(workers)]);
isOver = true;
await Promise.all(workers);
// Cancellations may still be on their way.
await delay(1000);

const metrics = await detector.metrics();
const warm = readings.slice(Math.floor(readings.length * WARM_UP_SHARE));
const figures = [readings[0], warm[0], readings.at(-1)].map((one) => (one?.rss ?? 0).toFixed(1));
process.stdout.write(
  `\n${table(
    [
      "requests",
      "MiB at start",
      "warm",
      "at end",
      "MiB per 1000 requests",
      "UNAVAILABLE",
      "streams",
      "series",
    ],
    [
      [
        whole(requests),
        ...figures,
        (1000 * slope(warm)).toFixed(4),
        whole(unavailable.length),
        gauge(metrics, "detector_streams"),
        gauge(metrics, "detector_series"),
      ],
    ],
  )}`,
);
