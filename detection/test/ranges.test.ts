import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  beyond,
  distanceTo,
  extend,
  type IsApart,
  noRanges,
  overlap,
  unite,
  widen,
} from "../src/ranges.ts";

const never: IsApart = () => false;
const rangesOf = (values: readonly number[], isApart: IsApart = never) => {
  const ranges = noRanges();
  for (const value of values) extend(ranges, 1, value, isApart);
  return ranges;
};

test("there is no distance to no range", () => {
  assert.equal(distanceTo(noRanges(), 0, 1), Number.POSITIVE_INFINITY);
  assert.equal(distanceTo(rangesOf([5]), 0, 5), Number.POSITIVE_INFINITY);
});

test("whatever was taken in lies in a range", () => {
  const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(values, fc.integer({ min: -50, max: 50 }), (all, split) => {
      const ranges = rangesOf(all, (low, high) => low < split && high > split);
      for (const value of all) assert.equal(distanceTo(ranges, 1, value), 0);
    }),
  );
});

test("values between which a normal one lies are of two ranges", () => {
  const ranges = rangesOf([10, 12, 90, 95], (low, high) => low < 50 && high > 50);
  assert.deepEqual(
    [8, 11, 50, 92, 100].map((value) => distanceTo(ranges, 1, value)),
    [2, 0, 38, 0, 5],
  );
});

test("what is nearer to the level than a range is not beyond it", () => {
  const ranges = rangesOf([60, 80]);
  assert.deepEqual([beyond(ranges, 1, 30, true), beyond(ranges, 1, 83, true)], [0, 3]);
  assert.deepEqual([beyond(ranges, 1, 70, false), beyond(ranges, 1, 50, false)], [0, 10]);
});

test("those of two are united, and widened by the margin of their view", () => {
  const ranges = rangesOf([10, 20]);
  unite(ranges, rangesOf([15, 30]));
  assert.deepEqual([distanceTo(ranges, 1, 25), distanceTo(ranges, 1, 33)], [0, 3]);
  widen(ranges, Float32Array.of(0, 2, 0, 0));
  assert.deepEqual([distanceTo(ranges, 1, 8), distanceTo(ranges, 1, 33)], [0, 1]);
});

test("two overlap where they do so in every view that both have, and both or none have the first", () => {
  const both = rangesOf([10, 20]);
  const low = rangesOf([15]);
  assert.equal(overlap(both, low), true);
  extend(both, 0, 100, never);
  assert.equal(overlap(both, low), false);
  extend(low, 0, 50, never);
  assert.equal(overlap(both, low), false);
  extend(low, 0, 110, never);
  assert.equal(overlap(both, low), true);
  assert.equal(overlap(both, noRanges()), false);
});
