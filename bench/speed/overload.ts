import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { credentials, status as Status } from "@grpc/grpc-js";
import { OutliersClient, type OutliersRequest } from "@outliers/proto";
import { type Concurrency, h2load } from "./h2load.ts";
import { has } from "./prepare-peers.ts";
import { rssMib } from "./process-stats.ts";
import { startDetector } from "./services.ts";
import { table, whole } from "./table.ts";
import { frame, windowOf } from "./window.ts";

const WINDOW = 1000;
/** So many calls are in flight with the detector's default limit, and four times as many. */
const LEVELS: readonly (Concurrency & { calls: number })[] = [
  { connections: 1, streams: 100, calls: 12_000 },
  { connections: 4, streams: 100, calls: 60_000 },
  { connections: 4, streams: 100, calls: 60_000 },
];
const PROBE_EVERY_MS = 20;

type Probes = { goodMs: number[]; refusedMs: number[] };

/** What becomes of good calls, of the others and of memory when more is asked than can be had. */
export async function overload(_seconds: number, print: (text: string) => void): Promise<void> {
  if (!has("h2load")) {
    print("Overload left out: h2load is not installed (Debian: nghttp2-client).\n\n");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "outliers-bench-"));
  using cleanup = new DisposableStack();
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  // h2load does not reconnect, and the runs take longer than connections live by default.
  await using detector = await startDetector({ MAX_CONNECTION_AGE: "1h" });
  const request = windowOf(WINDOW);
  const bodyPath = join(folder, "window");
  writeFileSync(bodyPath, frame(request));
  await h2load(detector.address, bodyPath, 2000);
  const rows: string[][] = [];
  for (const { connections, streams, calls } of LEVELS) {
    const before = await detector.handled();
    const stop = new AbortController();
    const probes = probe(detector.address, request, stop.signal);
    const [load, { goodMs, refusedMs }] = await Promise.all([
      h2load(detector.address, bodyPath, calls, { connections, streams }).finally(() =>
        stop.abort(),
      ),
      probes,
    ]);
    const good = (await detector.handled()) - before - goodMs.length;
    rows.push([
      `${connections * streams}`,
      whole(good / load.seconds),
      whole((calls - good) / load.seconds),
      quantileMs(goodMs, 0.5),
      quantileMs(goodMs, 0.99),
      quantileMs(refusedMs, 0.99),
      `${goodMs.length}/${goodMs.length + refusedMs.length}`,
      rssMib(detector.pid).toFixed(0),
    ]);
  }
  const header = [
    "calls in flight",
    "good/s",
    "refused/s",
    "good p50, ms",
    "good p99, ms",
    "refused p99, ms",
    "good probes",
    "RSS, MiB",
  ];
  print(table(header, rows));
}

/** Calls at a steady pace, whatever becomes of them: how long those take that are answered. */
async function probe(
  address: string,
  request: OutliersRequest,
  signal: AbortSignal,
): Promise<Probes> {
  const client = new OutliersClient(address, credentials.createInsecure());
  const probes: Probes = { goodMs: [], refusedMs: [] };
  const calls: Promise<void>[] = [];
  while (!signal.aborted) {
    calls.push(
      new Promise((resolve, reject) => {
        const startMs = performance.now();
        client.Detect(request, { deadline: Date.now() + 10_000 }, (error) => {
          if (error && error.code !== Status.RESOURCE_EXHAUSTED) return reject(error);
          probes[error ? "refusedMs" : "goodMs"].push(performance.now() - startMs);
          resolve();
        });
      }),
    );
    await delay(PROBE_EVERY_MS);
  }
  await Promise.all(calls);
  client.close();
  return probes;
}

function quantileMs(values: readonly number[], q: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(q * sorted.length) - 1]?.toFixed(1) ?? "";
}
