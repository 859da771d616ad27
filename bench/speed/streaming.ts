import { z } from "zod";
import { startChild } from "./child.ts";
import { cpuSeconds } from "./process-stats.ts";
import { file, startDetector } from "./services.ts";
import { median, table, whole } from "./table.ts";

const ROUNDS = 3;
const KINDS = [
  { name: "messages of one sample", samplesPerMessage: 1, inFlight: 64 },
  { name: "samples in batches of 1000", samplesPerMessage: 1000, inFlight: 4 },
];

type Kind = (typeof KINDS)[number];
type Turn = { perSecond: number; perCoreSecond: number; cores: number };

const done = z.object({ messages: z.number().positive(), seconds: z.number() });

/** Samples of growing series, judged by the adaptive method over DetectStream. */
export async function streaming(seconds: number, print: (text: string) => void): Promise<void> {
  await using detector = await startDetector();
  const turns = KINDS.map((kind) => ({ kind, results: [] as Turn[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { kind, results } of turns) results.push(await takeTurn(detector, kind, seconds));
  }
  const rows = turns.map(({ kind, results }) => [
    kind.name,
    whole(median(results.map(({ perSecond }) => perSecond))),
    whole(median(results.map(({ perCoreSecond }) => perCoreSecond))),
    median(results.map(({ cores }) => cores)).toFixed(2),
  ]);
  print(table(["DetectStream, adaptive", "per second", "per core-second", "cores busy"], rows));
}

async function takeTurn(
  detector: { address: string; pid: number },
  { samplesPerMessage, inFlight }: Kind,
  seconds: number,
): Promise<Turn> {
  const args = [detector.address, samplesPerMessage, inFlight, seconds].map(String);
  await using client = startChild(process.execPath, [
    file("bench/speed/stream-client.ts"),
    ...args,
  ]);
  await client.nextLine((line) => line === "measuring" || undefined);
  const cpuBefore = cpuSeconds(detector.pid);
  const measured = await client.nextLine((line) => done.parse(JSON.parse(line)));
  const cpu = cpuSeconds(detector.pid) - cpuBefore;
  await client.nextLine((line) => line === "all answered" || undefined);
  const samples = measured.messages * samplesPerMessage;
  return {
    perSecond: samples / measured.seconds,
    perCoreSecond: samples / cpu,
    cores: cpu / measured.seconds,
  };
}
