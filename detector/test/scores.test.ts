import assert from "node:assert/strict";
import { test } from "node:test";
import { Method, OutliersClient, type OutliersRequest } from "@outliers/proto";
import fc from "fast-check";
import { detect } from "../src/detect.ts";
import { decodeWindow } from "../src/window.ts";
import { RequestDecoder } from "../src/wire/request-decoder.ts";

const judge = (request: OutliersRequest) =>
  detect(
    decodeWindow(
      new RequestDecoder(),
      OutliersClient.service.Detect.requestSerialize(request),
      10_000,
    ),
  );

const metric = fc.record({
  name: fc.constantFrom("a", "b"),
  value: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(500, -500, 0.1)),
});

test("scores and band come only when asked for", () => {
  assert.deepEqual(judge({ metrics: [{ value: 1 }] }), { indices: [] });
});

test("the contract's example by sigma: mean 44, two standard deviations are 144.3", () => {
  const metrics = [1, 2, 100, 1, 3, 200, 1].map((value) => ({ value }));
  const {
    scores = [],
    lower = [],
    upper = [],
  } = judge({ metrics, options: { includeScores: true } });
  // By hand: the squares' mean is 7145.14 - 44², its root 72.17; (200 - 44) / 144.35 = 1.0807.
  assert.ok(Math.abs((scores[5] ?? 0) - 1.0807) < 0.001);
  assert.ok(Math.abs((lower[0] ?? 0) - (44 - 144.35)) < 0.05);
  assert.ok(Math.abs((upper[6] ?? 0) - (44 + 144.35)) < 0.05);
});

test("a score above 1 means outlier, by every method, for every metric in its place", () => {
  const methods = fc.constantFrom(Method.METHOD_SIGMA, Method.METHOD_MAD, Method.METHOD_ADAPTIVE);
  fc.assert(
    fc.property(fc.array(metric, { maxLength: 300 }), methods, (metrics, method) => {
      const response = judge({ metrics, options: { method, includeScores: true } });
      const { indices, scores = [], lower = [], upper = [] } = response;
      const above = [...scores.keys()].filter((position) => (scores[position] ?? 0) > 1);
      assert.deepEqual(above, indices);
      assert.equal(scores.length, metrics.length);
      for (const [position, low] of lower.entries()) assert.ok(low <= (upper[position] ?? 0));
    }),
  );
});
