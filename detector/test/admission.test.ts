import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { status as Status } from "@grpc/grpc-js";
import { Method, type Metric, OutliersClient, type OutliersRequest } from "@outliers/proto";
import { waitFor } from "@outliers/service/wait-for";
import { callDetect, callRaw, DETECT, health, startDetector } from "@outliers/testing/detector";
import { BytesLimit, type Holder } from "../src/admission.ts";
import { read } from "./support/metrics.ts";
import { metric } from "./support/wire.ts";

const STREAM = "/pb.Outliers/DetectStream";
const { requestSerialize } = OutliersClient.service.Detect;

/** A peer that speaks HTTP/2, and not gRPC as it should: to be destroyed with the block. */
async function peer(port: number) {
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  await once(session, "connect");
  return {
    session,
    open(path: string, headers: Record<string, string> = {}): ClientHttp2Stream {
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
        ...headers,
      });
      stream.on("error", () => {});
      return stream;
    },
    [Symbol.dispose]: () => session.destroy(),
  };
}

/** The status that ends a call, in its headers or in its trailers. */
function statusOf(stream: ClientHttp2Stream): Promise<{ code: number; details: string }> {
  return new Promise((resolve, reject) => {
    const take = (headers: Record<string, string | undefined>) => {
      if (headers["grpc-status"] === undefined) return;
      const details = decodeURI(headers["grpc-message"] ?? "");
      resolve({ code: Number(headers["grpc-status"]), details });
    };
    stream.on("response", take).on("trailers", take);
    stream.once("close", () =>
      reject(new Error(`closed with ${stream.rstCode}, without a status`)),
    );
    stream.resume();
  });
}

/** A message's prefix, and so many of the bytes that it announces. */
function begun(announced: number, sent: number): Buffer {
  const message = Buffer.alloc(5 + sent, 1);
  message[0] = 0;
  message.writeUInt32BE(announced, 1);
  return message;
}

const sampled = (name: string, seconds = 1): Metric => ({ name, value: 1, time: { seconds } });

type Detector = Awaited<ReturnType<typeof startDetector>>;

async function sample(detector: Detector, name: string, reason?: string): Promise<number> {
  const found = (await read(detector.metrics.registry)).find(
    (one) => one.name === name && (reason === undefined || one.labels.reason === reason),
  );
  return found?.value ?? Number.NaN;
}

describe("a request that does not arrive in time ends, and says which setting that is", () => {
  for (const [name, path, body] of [
    ["a unary one that stops halfway", DETECT, begun(1000, 500)],
    ["a unary one that never begins", DETECT, undefined],
    ["a stream without a first message", STREAM, undefined],
    ["a stream whose message stops halfway", STREAM, begun(1000, 500)],
    ["a health check", "/grpc.health.v1.Health/Check", begun(100, 50)],
    ["reflection", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", begun(100, 50)],
  ] as const) {
    test(name, async () => {
      await using detector = await startDetector({ calls: { requestTimeoutMs: 200 } });
      using client = await peer(detector.port);
      const stream = client.open(path);
      if (body) stream.write(body);
      const { code, details } = await statusOf(stream);
      assert.equal(code, Status.RESOURCE_EXHAUSTED);
      assert.match(details, /no whole request within 0\.2 s \(REQUEST_TIMEOUT\)/);
      assert.equal(await sample(detector, "detector_rejected_total", "request_time"), 1);
      // And the connection is rid of it, although its request never ends.
      await waitFor("the call's end", 20_000, async () => stream.destroyed);
    });
  }
});

test("a stream that has sent a message may be idle for longer than that", async () => {
  await using detector = await startDetector({ calls: { requestTimeoutMs: 200 } });
  const call = detector.stub.DetectStream();
  call.on("error", () => {});
  call.write({ metrics: [sampled("a")] });
  await once(call, "data");
  using client = await peer(detector.port);
  await statusOf(client.open(STREAM));
  call.write({ metrics: [sampled("a", 2)] });
  await once(call, "data");
  call.end();
});

test("bodies that pile up are given up, the largest first; small requests get through", async () => {
  await using detector = await startDetector({ calls: { maxRequestBytes: 100_000 } });
  using client = await peer(detector.port);
  const large = client.open(DETECT);
  const status = statusOf(large);
  const small = client.open(DETECT);
  small.write(begun(20_000, 10_000));
  large.write(begun(60_000, 50_000));
  const next = client.open(DETECT);
  next.write(begun(50_000, 45_000));
  const { code, details } = await status;
  assert.equal(code, Status.RESOURCE_EXHAUSTED);
  assert.match(details, /more than 100000 bytes, the limit of this replica \(MAX_REQUEST_BYTES\)/);
  assert.equal((await callDetect(detector.client, { metrics: [{ value: 1 }] })).code, Status.OK);
  assert.equal(await sample(detector, "detector_rejected_total", "request_bytes"), 1);
});

test("what was held is free again when its client has gone", async () => {
  await using detector = await startDetector({ calls: { maxRequestBytes: 100_000 } });
  for (let round = 0; round < 3; round++) {
    using client = await peer(detector.port);
    const stream = client.open(DETECT);
    stream.write(begun(60_000, 50_000));
    await waitFor(
      "the bytes to be counted",
      20_000,
      async () => (await sample(detector, "detector_request_bytes")) > 50_000,
    );
    client.session.destroy();
    await waitFor(
      "the bytes to be free",
      20_000,
      async () => (await sample(detector, "detector_request_bytes")) === 0,
    );
  }
});

for (const path of [DETECT, STREAM, "/grpc.health.v1.Health/Check"]) {
  test(`compressed requests of ${path} are refused before they are inflated`, async () => {
    await using detector = await startDetector();
    using client = await peer(detector.port);
    const stream = client.open(path, { "grpc-encoding": "gzip" });
    const body = gzipSync(Buffer.alloc(1 << 20));
    const message = Buffer.concat([begun(body.length, 0), body]);
    message[0] = 1;
    stream.end(message);
    const { code, details } = await statusOf(stream);
    assert.equal(code, Status.UNIMPLEMENTED);
    assert.equal(details, "grpc-encoding gzip is not supported: send requests without compression");
  });
}

test("series beyond what a replica may hold are refused, and there is room when a stream ends", async () => {
  await using detector = await startDetector({ maxSeries: 10 });
  const names = (prefix: string, count: number): OutliersRequest => ({
    metrics: Array.from({ length: count }, (_, at) => sampled(`${prefix}${at}`)),
  });
  const first = detector.stub.DetectStream();
  first.on("error", () => {});
  first.write(names("a", 8));
  await once(first, "data");
  const second = detector.stub.DetectStream();
  const refused = new Promise<{ code: number; details: string; pushback: unknown }>((resolve) => {
    second.on("error", () => {});
    second.on("status", ({ code, details, metadata }) =>
      resolve({ code, details, pushback: metadata.get("grpc-retry-pushback-ms")[0] }),
    );
  });
  second.on("data", () => {});
  second.write(names("b", 3));
  const { code, details, pushback } = await refused;
  assert.equal(code, Status.RESOURCE_EXHAUSTED);
  assert.match(details, /^this replica holds 10 series, its limit \(MAX_SERIES\)/);
  assert.equal(pushback, "1000");
  assert.equal(await sample(detector, "detector_series"), 8);
  assert.equal(await sample(detector, "detector_series_limit"), 10);
  first.write(names("a", 0));
  await once(first, "data");
  first.end();
  await waitFor(
    "the first stream's end",
    20_000,
    async () => (await sample(detector, "detector_series")) === 0,
  );
  const third = detector.stub.DetectStream();
  third.on("error", () => {});
  third.write(names("c", 10));
  await once(third, "data");
  third.end();
});

test("a slot that is only held open gives way to a call that needs it", async () => {
  await using detector = await startDetector({ calls: { maxCalls: 2, requestTimeoutMs: 4000 } });
  using client = await peer(detector.port);
  const held = [client.open(DETECT), client.open(DETECT)].map(statusOf);
  await waitFor(
    "a good call to get in",
    20_000,
    async () => (await callDetect(detector.client, { metrics: [{ value: 1 }] })).code === Status.OK,
  );
  const { code, details } = await Promise.race(held);
  assert.equal(code, Status.RESOURCE_EXHAUSTED);
  assert.match(details, /MAX_CALLS/);
});

test("health watches have a limit of their own, and checks are not kept out by them", async () => {
  await using detector = await startDetector();
  using client = await peer(detector.port);
  const watches = Array.from({ length: 60 }, () => {
    const stream = client.open("/grpc.health.v1.Health/Watch");
    stream.end(begun(0, 0));
    return statusOf(stream);
  });
  const { code, details } = await Promise.race(watches);
  for (const watch of watches) watch.catch(() => {});
  assert.equal(code, Status.RESOURCE_EXHAUSTED);
  assert.match(details, /^50 calls of \/grpc\.health\.v1\.Health\/Watch are in flight/);
  assert.equal(await health(detector.client, ""), "SERVING");
});

test("headers of more than 8 KiB are refused", async () => {
  await using detector = await startDetector();
  using client = await peer(detector.port);
  const stream = client.open(DETECT, { "x-large": "h".repeat(10_000) });
  await new Promise((resolve) => stream.once("close", resolve));
  assert.equal(stream.rstCode, 11, "ENHANCE_YOUR_CALM, which gRPC takes for RESOURCE_EXHAUSTED");
  assert.equal((await callDetect(detector.client, { metrics: [{ value: 1 }] })).code, Status.OK);
});

test("half of the connections are one address's at most: there is room for others", async () => {
  await using detector = await startDetector({ maxConnections: 8 });
  const busy = await Promise.all(Array.from({ length: 4 }, () => peer(detector.port)));
  for (const client of busy) await isServed(client);
  const refused = connectTcp(detector.port, "127.0.0.1").on("error", () => {});
  await once(refused.resume(), "close");
  assert.equal(await sample(detector, "detector_connections"), 4);
  assert.equal(await sample(detector, "detector_rejected_total", "connections"), 1);
  // From another one of loopback's addresses.
  const other = connectTcp({ port: detector.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
  await once(other, "connect");
  await waitFor(
    "the other's connection",
    20_000,
    async () => (await sample(detector, "detector_connections")) === 5,
  );
  other.destroy();
  for (const client of busy) client[Symbol.dispose]();
});

/** Has a call answered on a connection. */
async function isServed(client: Awaited<ReturnType<typeof peer>>): Promise<void> {
  const stream = client.open("/grpc.health.v1.Health/Check");
  stream.end(begun(0, 0));
  assert.equal((await statusOf(stream)).code, Status.OK);
}

test("connections without a call make room for new ones", async () => {
  await using detector = await startDetector({ maxConnections: 8 });
  const sockets: Socket[] = [];
  const closed: Promise<unknown>[] = [];
  for (let at = 0; at < 20; at++) {
    const socket = connectTcp(detector.port, "127.0.0.1").on("error", () => {});
    closed.push(once(socket, "close"));
    sockets.push(socket.resume());
    await once(socket, "connect");
  }
  assert.equal(await health(detector.client, ""), "SERVING");
  await Promise.all(closed.slice(0, 16));
  assert.equal(await sample(detector, "detector_connections"), 4);
  for (const socket of sockets) socket.destroy();
});

test("a response that is too large for clients is refused with what to do", async () => {
  await using detector = await startDetector({ maxResponseBytes: 1000, maxMessageBytes: 1 << 20 });
  const metrics = Array.from({ length: 1000 }, () => ({ value: 1 }));
  for (const count of [100, 1000]) {
    const { code, details } = await callDetect(detector.client, {
      metrics: metrics.slice(0, count),
      options: { includeScores: true },
    });
    assert.equal(code, Status.RESOURCE_EXHAUSTED);
    assert.match(details, /^the response has \d+ bytes, the limit is 1000 \(MAX_RESPONSE_BYTES\)/);
  }
});

describe("requests that take long", () => {
  const noise = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ value: (at * 7919) % 101 }));
  const long = (count: number) =>
    requestSerialize({ metrics: noise(count), options: { method: Method.METHOD_ADAPTIVE } });
  const limits = { maxPoints: 200_000, maxMessageBytes: 8 << 20 };

  test("have the answer that short ones have", async () => {
    await using detector = await startDetector(limits);
    const metrics = noise(30_000);
    metrics[20_000] = { value: 5000 };
    const options = { method: Method.METHOD_SIGMA };
    const { indices } = await callDetect(detector.client, { metrics, options });
    assert.deepEqual(indices, [20_000]);
    assert.equal(await sample(detector, "detector_points_total"), 30_000);
  });

  test("keep no stream waiting", async () => {
    await using detector = await startDetector(limits);
    const calls = [1, 2, 3].map(() => callRaw(detector.client, DETECT, long(100_000)));
    let isOver = false;
    const all = Promise.all(calls).then((outcomes) => {
      isOver = true;
      return outcomes;
    });
    const call = detector.stub.DetectStream();
    call.on("error", () => {});
    let answered = 0;
    for (let at = 1; !isOver; at++) {
      call.write({ metrics: [sampled("a", at)] });
      await once(call, "data");
      answered++;
    }
    call.end();
    for (const { code } of await all) assert.equal(code, Status.OK);
    // One after the other they take over a second: had a stream waited for one, it had few answers.
    assert.ok(answered > 20, `${answered} answers`);
  });

  test("are ended at the limit of time, and the next one is judged", async () => {
    await using detector = await startDetector({
      ...limits,
      longWork: { maxWorkMs: 1, maxMemoryMib: 256 },
    });
    const { code, details } = await callRaw(detector.client, DETECT, long(150_000));
    assert.equal(code, Status.RESOURCE_EXHAUSTED);
    assert.match(details, /^the request takes longer than 0\.001 s \(MAX_WORK_TIME\)/);
    assert.equal((await callDetect(detector.client, { metrics: noise(10) })).code, Status.OK);
  });

  test("are ended at the limit of memory, and the next one is judged", async () => {
    await using detector = await startDetector({
      ...limits,
      longWork: { maxWorkMs: 60_000, maxMemoryMib: 24 },
    });
    const names = Buffer.concat(Array.from({ length: 90_000 }, (_, at) => metric(`${at}`, at)));
    const { code, details } = await callRaw(detector.client, DETECT, names);
    assert.equal(code, Status.RESOURCE_EXHAUSTED);
    assert.match(details, /takes more memory than the 24 MiB that there are for one/);
    assert.equal((await callRaw(detector.client, DETECT, long(1000))).code, Status.OK);
  });
});

test("a stream's long request has the answer that it has in parts", async () => {
  await using detector = await startDetector({ maxPoints: 10_000, maxMessageBytes: 1 << 22 });
  const values = Array.from({ length: 3000 }, (_, at) =>
    at % 1000 === 900 ? 500 : (at * 7919) % 11,
  );
  const metrics = values.map((value, at) => ({
    name: `s${at % 3}`,
    value,
    time: { seconds: 1000 + at },
  }));
  const options = { includeScores: true };
  async function ask(parts: readonly (typeof metrics)[]) {
    const call = detector.stub.DetectStream();
    call.on("error", () => {});
    const answers = [];
    for (const [at, part] of parts.entries()) {
      call.write(at === 0 ? { metrics: part, options } : { metrics: part });
      const [answer] = await once(call, "data");
      answers.push(answer);
    }
    call.end();
    return answers;
  }
  const [whole] = await ask([metrics]);
  const parts = await ask(
    Array.from({ length: 300 }, (_, at) => metrics.slice(at * 10, at * 10 + 10)),
  );
  assert.ok(whole.indices.length > 0);
  assert.deepEqual(
    whole.indices,
    parts.flatMap((part, at) => part.indices.map((one: number) => one + 10 * at)),
  );
  for (const field of ["scores", "lower", "upper", "expected"]) {
    assert.deepEqual(
      whole[field],
      parts.flatMap((part) => part[field]),
    );
  }
  assert.deepEqual(
    whole.explanations.map(({ index }: { index: number }) => index),
    whole.indices,
  );
  assert.deepEqual(
    whole.series,
    parts
      .at(-1)
      .series.toSorted((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)),
  );
});

describe("calls, when memory runs out,", () => {
  /** Calls that hold so many bytes each; those that were refused hold none. */
  function held(...sizes: number[]) {
    const calls = new Set<Holder & { heldBytes: number }>();
    const limit = new BytesLimit(1 << 30, calls);
    const all = sizes.map((size) => ({
      waitingSinceMs: undefined,
      heldBytes: size,
      refuse() {
        limit.add(-this.heldBytes);
        this.heldBytes = 0;
      },
    }));
    for (const call of all) calls.add(call);
    limit.add(sizes.reduce((sum, size) => sum + size, 0));
    return { relieve: () => limit.relieve(), sizes: () => all.map(({ heldBytes }) => heldBytes) };
  }

  test("are given up, the largest first, until half of what they hold is free", () => {
    const { relieve, sizes } = held(300_000, 1_000_000, 100, 200_000);
    relieve();
    assert.deepEqual(sizes(), [300_000, 0, 100, 200_000]);
  });

  test("are kept if they hold as little as a collector's stream", () => {
    const { relieve, sizes } = held(400, 8000, 100_000);
    for (let times = 0; times < 100; times++) relieve();
    assert.deepEqual(sizes(), [400, 8000, 0]);
  });
});
