import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { type Client, status as Status } from "@grpc/grpc-js";
import { OutliersClient } from "@outliers/proto";
import { waitFor } from "@outliers/service/wait-for";
import { callDetect, DETECT, health, series, startDetector } from "@outliers/testing/detector";
import { read } from "./support/metrics.ts";

const identity = (bytes: Buffer): Buffer => bytes;

/** A call that has sent its headers, and waits before it sends its request. */
function openCall(client: Client, path: string) {
  const call = client.makeBidiStreamRequest(path, identity, identity);
  const status = new Promise<{ code: number; details: string }>((resolve) => {
    call.on("status", resolve);
  });
  call.on("error", () => {});
  call.on("data", () => {});
  return { call, status };
}

test("calls beyond the limit are refused at once, and taken again when one has ended", async () => {
  await using detector = await startDetector({
    calls: { maxCalls: 2, maxStreams: 1, requestTimeoutMs: 3_600_000 },
  });
  const { client, metrics } = detector;
  const held = [openCall(client, DETECT), openCall(client, DETECT)];
  const started = async () =>
    (await read(metrics.registry)).some(
      ({ name, labels, value }) =>
        name === "grpc_server_started_total" && labels.grpc_method === "Detect" && value === 2,
    );
  await waitFor("both calls to be in flight", 20_000, started);
  const refused = await callDetect(client, { metrics: series([1]) });
  assert.equal(refused.code, Status.RESOURCE_EXHAUSTED);
  assert.equal(
    refused.details,
    "2 calls are in flight, the limit of this replica (MAX_CALLS): retry later, with backoff",
  );
  assert.equal(await health(client, ""), "SERVING", "probes are not refused");
  held[0]?.call.end(Buffer.of());
  assert.equal((await held[0]?.status)?.code, Status.OK);
  assert.equal((await callDetect(client, { metrics: series([1]) })).code, Status.OK);
  held[1]?.call.cancel();
  await held[1]?.status;
  await waitFor("the cancelled call to be over", 20_000, async () => {
    const both = await Promise.all([1, 2].map(() => callDetect(client, { metrics: [] })));
    return both.every(({ code }) => code === Status.OK);
  });
});

test("streams beyond the limit are refused at once, unary calls go on", async () => {
  await using detector = await startDetector({ calls: { maxCalls: 2, maxStreams: 1 } });
  const first = detector.stub.DetectStream();
  first.on("error", () => {});
  first.write({});
  await once(first, "data");
  const { code, details } = await openCall(detector.client, "/pb.Outliers/DetectStream").status;
  assert.equal(code, Status.RESOURCE_EXHAUSTED);
  assert.match(details, /^1 streams are in flight, the limit of this replica \(MAX_STREAMS\)/);
  assert.equal((await callDetect(detector.client, { metrics: series([1]) })).code, Status.OK);
  first.end();
});

test("a call whose deadline has passed is not judged", async () => {
  await using detector = await startDetector();
  const judged = async () =>
    (await read(detector.metrics.registry)).find(
      ({ name, labels }) => name === "detector_points_total" && labels.method === "sigma",
    )?.value ?? 0;
  const { call, status } = openCall(detector.client, DETECT);
  const late = detector.client.makeBidiStreamRequest(DETECT, identity, identity, {
    deadline: Date.now() + 100,
  });
  late.on("data", () => {});
  const ended = new Promise<number>((resolve) => {
    late.on("status", ({ code }) => resolve(code)).on("error", () => {});
  });
  assert.equal(await ended, Status.DEADLINE_EXCEEDED);
  call.end(Buffer.of());
  await status;
  assert.equal(await judged(), 0);
});

test("a reader that doesn't read holds the detector back, which then reads no further", async () => {
  await using detector = await startDetector({ maxPoints: 10_000, maxMessageBytes: 1 << 22 });
  // Not a gRPC client, because that one would read ahead: a connection whose window stays full.
  const session = connect(`http://127.0.0.1:${detector.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/pb.Outliers/DetectStream",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.pause();
  stream.on("error", () => {});
  const SENT = 1000;
  for (let at = 0; at < SENT; at++) stream.write(framed(at));
  const received = async () =>
    (await read(detector.metrics.registry)).find(
      ({ name, labels }) =>
        name === "grpc_server_msg_received_total" && labels.grpc_method === "DetectStream",
    )?.value ?? 0;
  let before = -1;
  await waitFor("the detector to stop reading", 60_000, async () => {
    const now = await received();
    const hasStopped = now > 0 && now === before;
    before = now;
    return hasStopped;
  });
  assert.ok(before < SENT / 4, `${before} of ${SENT} messages were read, no answer was taken`);
  session.destroy();
});

/** A message of a thousand samples, with gRPC's prefix of five bytes. */
function framed(at: number): Buffer {
  const metrics = Array.from({ length: 1000 }, (_, index) => ({
    time: { seconds: 1 + at * 1000 + index },
    name: "a",
    value: index % 7,
  }));
  const options = { includeScores: true };
  const body = OutliersClient.service.DetectStream.requestSerialize({ metrics, options });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}
