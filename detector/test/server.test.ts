import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { waitFor } from "@outliers/service/wait-for";
import { callDetect, health, series, startDetector } from "@outliers/testing/detector";

const identity = (bytes: Buffer): Buffer => bytes;

test("health says SERVING for the server and for pb.Outliers, and knows nothing else", async () => {
  await using detector = await startDetector();
  assert.equal(await health(detector.client, ""), "SERVING");
  assert.equal(await health(detector.client, "pb.Outliers"), "SERVING");
  assert.equal(await health(detector.client, "pb.Nothing"), "NOT_FOUND");
});

test("on close a call in flight finishes, watchers hear NOT_SERVING, and new calls fail", async () => {
  await using detector = await startDetector();
  const { client } = detector;
  const watch = client.makeServerStreamRequest(
    "/grpc.health.v1.Health/Watch",
    identity,
    identity,
    Buffer.of(),
  );
  const statuses: number[] = [];
  watch.on("data", (response: Buffer) => statuses.push(response[1] ?? 0));
  watch.on("error", () => {});
  await once(watch, "data");
  const inFlight = client.makeClientStreamRequest(
    "/pb.Outliers/Detect",
    identity,
    identity,
    () => {},
  );
  const finished = once(inFlight, "status");
  await new Promise<void>((resolve) => inFlight.write(Buffer.of(), () => resolve()));
  const started = async () =>
    (await detector.metrics.started.get()).values.some(
      ({ labels }) => labels.grpc_method === "Detect",
    );
  while (!(await started())) await new Promise(setImmediate);

  const notServing = once(watch, "data");
  const closed = detector.close();
  await notServing;
  assert.deepEqual(statuses, [1, 2], "SERVING, then NOT_SERVING");
  inFlight.end();
  const [status] = await finished;
  assert.equal(status.code, Status.OK, "the call in flight");
  watch.cancel();
  await closed;

  using fresh = disposable(detector.connect());
  const late = await callDetect(fresh.client, { metrics: series([1]) });
  assert.equal(late.code, Status.UNAVAILABLE);
});

test("a client that never lets go is cut off at the drain's limit", {
  timeout: 30_000,
}, async () => {
  await using detector = await startDetector({ drainTimeoutMs: 200 });
  const endless = detector.client.makeServerStreamRequest(
    "/grpc.health.v1.Health/Watch",
    identity,
    identity,
    Buffer.of(),
  );
  const ended = new Promise<number>((resolve) => {
    endless.on("status", ({ code }) => resolve(code)).on("error", () => {});
  });
  await once(endless, "data");
  await detector.close();
  assert.notEqual(await ended, Status.OK);
});

test("a connection that never speaks does not outlive the drain", async () => {
  await using detector = await startDetector({ drainTimeoutMs: 200 });
  const silent = connect(detector.port, "127.0.0.1");
  silent.on("error", () => {});
  await once(silent, "connect");
  const gone = once(silent, "close");
  assert.equal(await health(detector.client, ""), "SERVING", "and the server saw it connect");
  silent.resume();
  await detector.close();
  await gone;
});

test("a second server on the same address is refused with the address in the message", async () => {
  await using detector = await startDetector();
  const address = { host: "127.0.0.1", port: detector.port };
  await assert.rejects(startDetector({ address }), new RegExp(`127\\.0\\.0\\.1:${detector.port}`));
});

for (const host of ["::1", "", "localhost"]) {
  test(`it listens on ${JSON.stringify(host)}`, async () => {
    await using detector = await startDetector({ address: { host, port: 0 } });
    const socket = connect(detector.port, host || "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
  });
}

function disposable<T extends { close(): void }>(client: T) {
  return { client, [Symbol.dispose]: () => client.close() };
}

/** Whether the kernel's keepalive timer runs for a connection to a local port. @see proc(5), net/tcp */
function isProbed(port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, address, , state, , timer]) =>
        address?.endsWith(local) && state === "01" && timer?.startsWith("02:"),
    );
}

test("a peer that vanishes is noticed: TCP probes every connection", {
  skip: process.platform === "linux" ? false : "reads Linux's /proc/net/tcp",
}, async () => {
  await using detector = await startDetector();
  assert.equal(await health(detector.client, ""), "SERVING");
  await waitFor("the keepalive timer", 10_000, async () => isProbed(detector.port));
});
