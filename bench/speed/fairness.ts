import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { Method, type Metric, OutliersClient } from "@outliers/proto";
import { startDetector } from "./services.ts";
import { table } from "./table.ts";

/** As a collector has them. */
const SERIES = 7;
const EVERY_MS = 100;
/** So many of a kind run at any time. */
const COSTLY = 3;
/** What MAX_POINTS allows. */
const POINTS = 99_900;

/** The kinds of legal requests that take the most time, and how they are called. */
const KINDS: readonly { name: string; isStream: boolean; names: number }[] = [
  { name: "none", isStream: false, names: 0 },
  { name: "Detect, 1 series", isStream: false, names: 1 },
  { name: "Detect, 900 series", isStream: false, names: 900 },
  { name: "DetectStream, 1 series", isStream: true, names: 1 },
  { name: "DetectStream, 900 series", isStream: true, names: 900 },
];

/** How long a collector's stream waits for its verdicts beside requests that take long. */
export async function fairness(seconds: number, print: (text: string) => void): Promise<void> {
  const rows: string[][] = [];
  for (const { name, isStream, names } of KINDS) {
    await using detector = await startDetector();
    const stop = new AbortController();
    const client = new Client(detector.address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const request = requestOf(names);
    const ask = isStream ? askStream : askUnary;
    let costly = 0;
    const one = async () => {
      for (; !stop.signal.aborted; costly++) await ask(client, request);
    };
    const load = names > 0 ? Array.from({ length: COSTLY }, one) : [];
    const waitsMs = await watch(detector.address, seconds * 10);
    stop.abort();
    await Promise.all(load);
    client.close();
    waitsMs.sort((a, b) => a - b);
    const quantile = (q: number) => waitsMs[Math.ceil(q * waitsMs.length) - 1]?.toFixed(1) ?? "";
    rows.push([name, String(costly), quantile(0.5), quantile(0.99), quantile(1)]);
  }
  const header = [`${COSTLY} at any time of`, "answered", "p50, ms", "p99, ms", "slowest, ms"];
  print(`A collector's stream of ${SERIES} series beside requests of ${POINTS} metrics:\n`);
  print(table(header, rows));
}

/** A stream with a sample of each series at a time. @returns how long each answer took */
async function watch(address: string, seconds: number): Promise<number[]> {
  const client = new OutliersClient(address, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  const call = client.DetectStream();
  // An answer that doesn't come says why; when nobody waits for one it is the end of the bench.
  call.on("error", () => {});
  const waitsMs: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  for (let at = 0; performance.now() < endMs; at++) {
    const metrics = Array.from({ length: SERIES }, (_, series) => metricOf(`good${series}`, at));
    const startMs = performance.now();
    call.write({ metrics, options: { includeScores: true } });
    await once(call, "data");
    waitsMs.push(performance.now() - startMs);
    await delay(EVERY_MS);
  }
  call.end();
  client.close();
  return waitsMs;
}

const metricOf = (name: string, at: number): Metric => ({
  time: { seconds: 1_700_000_000 + at },
  name,
  // Every other one is new: the dearest there is for the adaptive method.
  value: at < 200 || at % 2 === 0 ? Math.random() : 1000 * Math.random(),
});

/** Serialised once: making one takes this process longer than its turn is. */
function requestOf(names: number): Buffer {
  const metrics = Array.from({ length: POINTS }, (_, at) => metricOf(`costly${at % names}`, at));
  const options = { method: Method.METHOD_ADAPTIVE, includeScores: true };
  return OutliersClient.service.Detect.requestSerialize({ metrics, options });
}

const asIs = (bytes: Buffer): Buffer => bytes;
const { Detect, DetectStream } = OutliersClient.service;

const askUnary = (client: Client, request: Buffer) =>
  new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(Detect.path, asIs, asIs, request, (error) =>
      error ? reject(error) : resolve(),
    );
  });

function askStream(client: Client, request: Buffer) {
  const call = client.makeBidiStreamRequest(DetectStream.path, asIs, asIs);
  call.write(request);
  call.end();
  return new Promise<void>((resolve, reject) => {
    call.on("data", () => {});
    call.on("error", reject).on("end", resolve);
  });
}
