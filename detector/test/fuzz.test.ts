import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { status as Status } from "@grpc/grpc-js";
import { callRaw, DETECT, health, startDetector } from "@outliers/testing/detector";
import fc from "fast-check";
import { BYTES, bytes, FIXED32, FIXED64, metric, tag, uint, varint } from "./support/wire.ts";

const detector = await startDetector();
after(() => detector[Symbol.asyncDispose]());
const serves = async () => (await health(detector.client, "pb.Outliers")) === "SERVING";

const random = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const fieldNumber = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.nat(2 ** 29 - 1));

/** Messages that are protobuf, or nearly: fields of any number and type, nested, cut, lying. */
const { message } = fc.letrec<{ message: Buffer; field: Buffer }>((tie) => ({
  message: fc.array(tie("field"), { maxLength: 8 }).map((fields) => Buffer.concat(fields)),
  field: fc.oneof(
    { depthSize: "small" },
    fc.tuple(fieldNumber, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map(([n, v]) => uint(n, v)),
    fc.tuple(fieldNumber, random).map(([number, content]) => bytes(number, content)),
    fc
      .tuple(fieldNumber, fc.uint8Array({ minLength: 8, maxLength: 8 }))
      .map(([number, fixed]) => Buffer.concat([tag(number, FIXED64), fixed])),
    fc
      .tuple(fieldNumber, fc.uint8Array({ minLength: 4, maxLength: 4 }))
      .map(([number, fixed]) => Buffer.concat([tag(number, FIXED32), fixed])),
    // Groups' starts and ends (3, 4), and wire types that do not exist (6, 7).
    fc.tuple(fieldNumber, fc.integer({ min: 3, max: 7 })).map(([n, type]) => tag(n, type)),
    // A length up to 2^63 with little behind it.
    fc
      .tuple(fieldNumber, fc.bigInt({ min: 0n, max: 2n ** 63n }), random)
      .map(([n, length, rest]) => Buffer.concat([tag(n, BYTES), varint(length), rest])),
    fc.tuple(fc.string(), fc.double()).map(([name, value]) => metric(name, value)),
    fc.tuple(fieldNumber, tie("message")).map(([n, nested]) => bytes(n, nested)),
  ),
}));

const cut = fc.tuple(message, fc.nat(100)).map(([whole, at]) => whole.subarray(0, at));
const body = fc.oneof(random, message, cut);

const paths = [
  DETECT,
  "/grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/List",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
for (const path of paths) {
  test(`${path} answers any bytes with a status`, async () => {
    await fc.assert(
      fc.asyncProperty(body, async (bytes) => {
        const { code } = await callRaw(detector.client, path, bytes);
        assert.notEqual(code, Status.DEADLINE_EXCEEDED, "it hung");
        assert.notEqual(code, Status.UNAVAILABLE, "it went away");
      }),
      { numRuns: path === DETECT ? 1000 : 200 },
    );
    assert.ok(await serves());
  });
}

test("Detect's status for bytes that are no request is INVALID_ARGUMENT, never INTERNAL", async () => {
  await fc.assert(
    fc.asyncProperty(body, async (bytes) => {
      const { code } = await callRaw(detector.client, DETECT, bytes);
      assert.ok(code === Status.OK || code === Status.INVALID_ARGUMENT, Status[code]);
    }),
    { numRuns: 300 },
  );
});

describe("what is not even gRPC does no harm", () => {
  const cases = [
    { name: "an HTTP/1 request", sent: Buffer.from("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n") },
    { name: "a TLS hello", sent: Buffer.from("160301020001000001fc0303", "hex") },
    { name: "zeros", sent: Buffer.alloc(10_000) },
    {
      name: "an HTTP/2 preface and then noise",
      sent: Buffer.concat([
        Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251)),
      ]),
    },
    { name: "gzip", sent: gzipSync(Buffer.alloc(100_000)) },
  ];
  for (const { name, sent } of cases) {
    test(name, async () => {
      const socket = connect(detector.port, "127.0.0.1");
      await once(socket, "connect");
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => {}).resume();
      socket.end(sent);
      await closed;
      assert.ok(await serves());
    });
  }

  test("random bytes on a raw connection", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (noise) => {
        const socket = connect(detector.port, "127.0.0.1");
        const closed = new Promise((resolve) => socket.once("close", resolve));
        socket.on("error", () => {}).resume();
        socket.end(noise);
        await closed;
      }),
      { numRuns: 50 },
    );
    assert.ok(await serves());
  });
});
