import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loneBursts } from "../../src/stats/lone-bursts.ts";
import { normalFrom } from "../support/random.ts";

const BURST = 30;
const positionsOf = (values: number[]): number[] =>
  loneBursts(Float64Array.from(values), BURST).flatMap((isLone, at) => (isLone ? [at] : []));
const noise = (seed: number, count = 100): number[] =>
  Array.from({ length: count }, normalFrom(seed));

test("a burst among noise is one, wherever it stands", () => {
  fc.assert(
    fc.property(fc.nat(85), fc.integer({ min: 1, max: 1000 }), (from, seed) => {
      const burst = Array.from({ length: 15 }, (_, at) => from + at);
      const values = noise(seed).map((value, at) => (burst.includes(at) ? value + 100 : value));
      assert.deepEqual(positionsOf(values), burst);
    }),
  );
});

test("a load that comes twice is none", () => {
  const values = noise(2).map((value, at) => (at < 5 || at >= 90 ? value + 100 : value));
  assert.deepEqual(positionsOf(values), []);
});

test("neither noise nor a ramp nor a constant has one", () => {
  const ramp = Array.from({ length: 100 }, (_, at) => at);
  for (const values of [noise(3), ramp, ramp.map(() => 7)]) {
    assert.deepEqual(positionsOf(values), []);
  }
});

test("a level that lasts longer than a burst is none", () => {
  const values = noise(4).map((value, at) => (at >= 50 ? value + 100 : value));
  const seenAgain = positionsOf(values).filter((at) => at < 20 || at >= 80);
  assert.deepEqual(seenAgain, []);
});
