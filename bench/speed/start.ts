import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import type { Child } from "./child.ts";
import { get, startCollector, startDetector } from "./services.ts";
import { median, table } from "./table.ts";

const STARTS = 7;

/** How long each service takes from its start until it says that it serves. */
export async function start(_seconds: number, print: (text: string) => void): Promise<void> {
  const detectorMs: number[] = [];
  const collectorMs: number[] = [];
  for (let left = STARTS; left > 0; left--) {
    await using detector = await startDetector();
    await checkHealth(detector.address);
    detectorMs.push(sinceStart(detector));
    await using collector = await startCollector(detector.address);
    await get(`${collector.url}/healthz`);
    collectorMs.push(sinceStart(collector));
    // What they do first is not to fall into the next start.
    await delay(500);
  }
  const row = (name: string, times: readonly number[]) => [
    name,
    ...[median(times), Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(0)),
  ];
  print(
    table(
      ["start to serving, ms", "median", "least", "most"],
      [row("detector: gRPC health", detectorMs), row("collector: /healthz", collectorMs)],
    ),
  );
}

const sinceStart = ({ startedAtMs }: Child): number => performance.now() - startedAtMs;

/** @throws when gRPC health says anything but SERVING */
async function checkHealth(address: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  const answer = await new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      asIs,
      asIs,
      Buffer.alloc(0),
      { deadline: Date.now() + 5000 },
      (error, response) => (response ? resolve(response) : reject(error)),
    );
  });
  client.close();
  // HealthCheckResponse { status: SERVING }
  if (answer.toString("hex") !== "0801") throw new Error(`health: ${answer.toString("hex")}`);
}
