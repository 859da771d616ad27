import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { Method } from "@outliers/proto";
import { callDetect, callRaw, DETECT, series, startDetector } from "@outliers/testing/detector";
import { metric, options } from "./support/wire.ts";

const detector = await startDetector();
after(() => detector[Symbol.asyncDispose]());
const { client } = detector;

const EXAMPLE = [1, 2, 100, 1, 3, 200, 1];
const OK = { code: Status.OK, details: "" };

test("Detect finds the contract's three outliers among 1000 values below 40", async () => {
  const values = Array.from({ length: 1000 }, (_, at) => (at * 7919) % 40);
  values[7] = 97.3;
  values[113] = 92.1;
  values[835] = 93.2;
  const answer = await callDetect(client, { metrics: series(values) });
  assert.deepEqual(answer, { ...OK, indices: [7, 113, 835] });
});

test("the contract's example has two outliers by MAD, and by sigma one that hides the other", async () => {
  const metrics = series(EXAMPLE);
  const byMad = await callDetect(client, { metrics, options: { method: Method.METHOD_MAD } });
  assert.deepEqual(byMad, { ...OK, indices: [2, 5] });
  assert.deepEqual(await callDetect(client, { metrics }), { ...OK, indices: [5] });
});

test("each series of a request is judged by itself", async () => {
  // Interleaved: the example at even positions, its negative at odd ones.
  const metrics = EXAMPLE.flatMap((value) => [...series([value], "a"), ...series([-value], "b")]);
  assert.deepEqual((await callDetect(client, { metrics })).indices, [10, 11]);
});

test("an empty request has no outliers", async () => {
  assert.deepEqual(await callDetect(client, {}), { ...OK, indices: [] });
});

test("times that are all equal, or absent, change nothing", async () => {
  const time = { seconds: 1_700_000_000 };
  const metrics = series(EXAMPLE).map((m, at) => (at % 2 ? m : { ...m, time }));
  assert.deepEqual((await callDetect(client, { metrics })).indices, [5]);
});

describe("a refused call has a status and says what to change", () => {
  const cases = [
    {
      name: "a value that is not finite",
      body: Buffer.concat([metric("cpu", 1), metric("cpu", Number.NaN)]),
      code: Status.INVALID_ARGUMENT,
      details: /^metrics\[1\]\.value is NaN \(series "cpu"\), it must be a finite number$/,
    },
    {
      name: "a threshold below 0",
      body: options(1, -1),
      code: Status.INVALID_ARGUMENT,
      details: /^options\.threshold is -1, it must be a positive number/,
    },
    {
      name: "an unknown method",
      body: options(42, 0),
      code: Status.INVALID_ARGUMENT,
      details: /^options\.method 42 is unknown/,
    },
    {
      name: "bytes that are no request",
      body: Buffer.alloc(20, 0xff),
      code: Status.INVALID_ARGUMENT,
      details: /^the body is not a pb\.OutliersRequest/,
    },
    {
      name: "points over the limit",
      body: Buffer.concat(Array.from({ length: 1001 }, () => metric("a", 1))),
      code: Status.RESOURCE_EXHAUSTED,
      details: /1001 metrics, the limit is 1000 /,
    },
    {
      name: "bytes over the limit",
      body: Buffer.alloc(64 * 1024 + 1),
      code: Status.RESOURCE_EXHAUSTED,
      details: /larger than max.*65536/,
    },
  ];
  for (const { name, body, code, details } of cases) {
    test(name, async () => {
      const outcome = await callRaw(client, DETECT, body);
      assert.equal(outcome.code, code);
      assert.match(outcome.details, details);
    });
  }
});

for (const path of ["/pb.Outliers/Nothing", "/pb.Nothing/Detect"]) {
  test(`${path} is UNIMPLEMENTED`, async () => {
    const { code } = await callRaw(client, path, Buffer.of());
    assert.equal(code, Status.UNIMPLEMENTED);
  });
}
