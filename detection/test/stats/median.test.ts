import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { median } from "../../src/stats/median.ts";
import { madVectors } from "../support/vectors.ts";
import { anyWindow } from "../support/windows.ts";

test("no values have no median", () => {
  assert.equal(median(new Float64Array()), Number.NaN);
});

test("the middle one of an odd number of values, in the order of numbers and not of text", () => {
  assert.equal(median(Float64Array.of(10, 9, 100)), 10);
});

test("the mean of the middle two of an even number of values", () => {
  assert.equal(median(Float64Array.of(4, 1, 3, 2)), 2.5);
});

test("two huge values have a finite median", () => {
  assert.equal(median(Float64Array.of(1.5e308, 1.7e308)), 1.6e308);
});

test("the window itself stays in its order", () => {
  const window = Float64Array.of(3, 1, 2);
  median(window);
  assert.deepEqual([...window], [3, 1, 2]);
});

test("at most half of the values lie on either side", () => {
  fc.assert(
    fc.property(anyWindow, (window) => {
      const middle = median(window);
      assert.ok(window.filter((value) => value < middle).length <= window.length / 2);
      assert.ok(window.filter((value) => value > middle).length <= window.length / 2);
    }),
  );
});

for (const { name, values, median: expected } of madVectors) {
  test(`the median equals NumPy's: ${name}`, () => {
    assert.equal(median(values), expected);
  });
}
