import { setTimeout as delay } from "node:timers/promises";
import { detectP99Ms } from "./histogram.ts";
import { has } from "./prepare-peers.ts";
import { cpuSeconds, rssMib } from "./process-stats.ts";
import { type Exporter, startCollector, startDetector, startNodeExporter } from "./services.ts";
import { table } from "./table.ts";

const WARM_UP_SECONDS = 20;
/** The other parts' turns are this much shorter: a hundredth of a core takes a while to measure. */
const TURNS = 20;

type Watched = { name: string; process: Exporter; scrapeSeconds: number };

/** What it costs to watch a host: the collector beside node_exporter, all in the same minute. */
export async function collector(seconds: number, print: (text: string) => void): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const detector = stack.use(await startDetector());
  const collectors: Watched[] = [];
  // The second row is what its figures cost at node_exporter's terms, the first at Compose's.
  for (const scrapeSeconds of [5, 1]) {
    const process = stack.use(await startCollector(detector.address));
    collectors.push({ name: "collector", process, scrapeSeconds });
  }
  const watched: Watched[] = [
    ...collectors,
    { name: "detector of both collectors", process: detector, scrapeSeconds: 5 },
  ];
  if (has("prometheus-node-exporter")) {
    for (const args of [[], ["--collector.disable-defaults", "--collector.cpu"]]) {
      const process = stack.use(await startNodeExporter(args));
      watched.push({ name: ["node_exporter", ...args].join(" "), process, scrapeSeconds: 1 });
    }
  } else {
    print("node_exporter left out: it is not installed (Debian: prometheus-node-exporter).\n\n");
  }

  await scrape(watched, WARM_UP_SECONDS);
  const before = await snapshot(watched);
  await scrape(watched, seconds * TURNS);
  const after = await snapshot(watched);
  const rows = watched.map(({ name, scrapeSeconds }, index) => {
    const [start, end] = [before[index], after[index]];
    if (!start || !end) throw new Error(`${name} was not measured`);
    const share = (end.cpu - start.cpu) / ((end.atMs - start.atMs) / 1000);
    const p99Ms = detectP99Ms(start.metrics, end.metrics);
    return [
      name,
      `${scrapeSeconds} s`,
      `${(100 * share).toFixed(2)} %`,
      end.rss.toFixed(0),
      p99Ms === undefined ? "" : p99Ms.toFixed(1),
    ];
  });
  print(table(["process", "scraped each", "CPU of one core", "RSS, MiB", "detect p99, ms"], rows));
}

/** Scrapes each process as often as it says. */
async function scrape(watched: readonly Watched[], seconds: number): Promise<void> {
  const startMs = performance.now();
  for (let second = 1; second <= seconds; second++) {
    await delay(startMs + second * 1000 - performance.now());
    const due = watched.filter(({ scrapeSeconds }) => second % scrapeSeconds === 0);
    await Promise.all(due.map(({ process }) => process.metrics()));
  }
}

function snapshot(watched: readonly Watched[]) {
  return Promise.all(
    watched.map(async ({ process }) => ({
      metrics: await process.metrics(),
      cpu: cpuSeconds(process.pid),
      rss: rssMib(process.pid),
      atMs: performance.now(),
    })),
  );
}
