import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { type ServiceError, status as Status } from "@grpc/grpc-js";
import { Method, type OutliersClientType, type OutliersRequest } from "@outliers/proto";

/** One piece of traffic: gives how many requests it made, and throws on a wrong answer. */
export type Traffic = (client: OutliersClientType) => Promise<number>;

const METHODS = [Method.METHOD_SIGMA, Method.METHOD_MAD, Method.METHOD_ADAPTIVE] as const;
const MESSAGES_PER_STREAM = 200;

let seed = 1;
/** The same run each time: a whole number below the limit. */
function random(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

const metrics = (count: number, from = 0, name = "CPU") =>
  Array.from({ length: count }, (_, index) => ({
    time: { seconds: 1_700_000_000 + from + index, nanos: 0 },
    name,
    value: random(4000) / 100,
  }));

/** Calls that had to be made again. */
export const unavailable: string[] = [];

/** Calls again while the detector is UNAVAILABLE, as its clients are to. */
async function detect(client: OutliersClientType, request: OutliersRequest): Promise<Status> {
  for (;;) {
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.Detect(request, { deadline: Date.now() + 10_000 }, resolve);
    });
    if (error?.code !== Status.UNAVAILABLE) return error?.code ?? Status.OK;
    unavailable.push(error.details);
  }
}

function expect(what: string, wanted: Status, given: Status): void {
  if (given !== wanted) throw new Error(`${what}: ${Status[given]} instead of ${Status[wanted]}`);
}

/** A window, by any of the methods. */
const good: Traffic = async (client) => {
  const method = METHODS[random(METHODS.length)] ?? Method.METHOD_SIGMA;
  const options = { method, includeScores: true };
  expect("a window", Status.OK, await detect(client, { metrics: metrics(random(500)), options }));
  return 1;
};

const badRequests: readonly [string, Status, OutliersRequest][] = [
  ["not finite", Status.INVALID_ARGUMENT, { metrics: [{ name: "CPU", value: Number.NaN }] }],
  ["a bad threshold", Status.INVALID_ARGUMENT, { metrics: [], options: { threshold: -1 } }],
  [
    "too many metrics",
    Status.RESOURCE_EXHAUSTED,
    { metrics: Array.from({ length: 100_001 }, () => ({ value: 1 })) },
  ],
];

/** Requests that are refused, each for its own reason. */
const bad: Traffic = async (client) => {
  for (const [what, wanted, request] of badRequests) {
    expect(what, wanted, await detect(client, request));
  }
  return badRequests.length;
};

/** A stream with a few series, which its client ends. */
const stream: Traffic = async (client) => {
  const call = client.DetectStream();
  const series = 1 + random(8);
  for (let sent = 0; sent < MESSAGES_PER_STREAM; sent++) {
    call.write({
      metrics: Array.from({ length: series }, (_, at) => metrics(5, 5 * sent, `s${at}`)).flat(),
    });
  }
  call.end();
  let received = 0;
  call.on("data", () => received++);
  await once(call, "end");
  if (received !== MESSAGES_PER_STREAM) throw new Error(`a stream: ${received} responses`);
  return received;
};

/** A stream whose client goes away without a word. */
const cancelled: Traffic = async (client) => {
  const call = client.DetectStream();
  call.write({ metrics: metrics(500) });
  await once(call, "data");
  call.on("error", () => {});
  call.write({ metrics: metrics(500, 500) });
  call.cancel();
  return 2;
};

/** A stream that the server ends, because a time goes back. */
const refused: Traffic = async (client) => {
  const call = client.DetectStream();
  const failed = new Promise<ServiceError>((resolve) => call.once("error", resolve));
  call.on("data", () => {});
  call.write({ metrics: metrics(50, 100) });
  call.write({ metrics: metrics(1) });
  expect("a time that goes back", Status.INVALID_ARGUMENT, (await failed).code);
  return 2;
};

/** A call that its client gives up at once. */
const abandoned: Traffic = async (client) => {
  const call = client.Detect({ metrics: metrics(2000) }, () => {});
  await delay(random(4));
  call.cancel();
  return 1;
};

const times = (count: number, traffic: Traffic): Traffic[] =>
  Array.from({ length: count }, () => traffic);

/** What the soak sends, many of some kinds and few of others. */
export const mix: readonly Traffic[] = [
  ...times(200, good),
  ...times(20, abandoned),
  ...times(1, bad),
  ...times(2, stream),
  ...times(5, cancelled),
  ...times(5, refused),
];
