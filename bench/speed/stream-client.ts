// Loads DetectStream, as a process of its own: prints "measuring" when warm, then what it did.
// node bench/speed/stream-client.ts ADDRESS SAMPLES_PER_MESSAGE IN_FLIGHT SECONDS
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { credentials } from "@grpc/grpc-js";
import { type DecodedResponse, type Metric, OutliersClient } from "@outliers/proto";

const STREAMS = 4;
const WARM_UP_MS = 2000;
/** Every value of a period this long differs from its neighbours, and none is far from the rest. */
const PERIOD = 997;

const [address = "", ...numbers] = process.argv.slice(2);
const [samplesPerMessage = 1, inFlight = 1, seconds = 1] = numbers.map(Number);

const client = new OutliersClient(address, credentials.createInsecure());
let answered = 0;
let isOver = false;

const metricsFrom = (name: string, at: number): Metric[] =>
  Array.from({ length: samplesPerMessage }, (_, index) => ({
    time: { seconds: 1_700_000_000 + at + index, nanos: 0 },
    name,
    value: 20 + (((at + index) * 7919) % PERIOD) / 100,
  }));

/** Keeps a stream full until the time is over, then waits for what is still to be answered. */
async function load(name: string): Promise<void> {
  const call = client.DetectStream();
  let sent = 0;
  let received = 0;
  const send = () => {
    // With scores, as the collector asks for them.
    const options = sent === 0 ? { includeScores: true } : undefined;
    const metrics = metricsFrom(name, sent * samplesPerMessage);
    call.write(options ? { metrics, options } : { metrics });
    sent++;
  };
  call.on("data", ({ scores }: DecodedResponse) => {
    if (scores.length !== samplesPerMessage) throw new Error(`${scores.length} scores`);
    received++;
    answered++;
    if (!isOver) send();
    else if (received === sent) call.end();
  });
  for (let left = inFlight; left > 0; left--) send();
  await once(call, "end");
  if (received !== sent) throw new Error(`${received} responses to ${sent} messages`);
}

const loads = Array.from({ length: STREAMS }, (_, index) => load(`series${index}`));
await delay(WARM_UP_MS);
process.stdout.write("measuring\n");
const startMs = performance.now();
const before = answered;
await delay(seconds * 1000);
const messages = answered - before;
const tookSeconds = (performance.now() - startMs) / 1000;
process.stdout.write(`${JSON.stringify({ messages, seconds: tookSeconds })}\n`);
isOver = true;
await Promise.all(loads);
process.stdout.write("all answered\n");
client.close();
