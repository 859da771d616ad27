import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SortedWindow } from "../../src/stats/sorted-window.ts";

const value = fc.integer({ min: -50, max: 50 });
const pushes = fc.array(value, { minLength: 1, maxLength: 60 });

function windowOf(values: readonly number[], capacity: number): SortedWindow {
  const window = new SortedWindow(capacity);
  for (const one of values) window.push(one);
  return window;
}

describe("a sorted window", () => {
  test("holds the last values in order of size", () => {
    fc.assert(
      fc.property(pushes, fc.integer({ min: 1, max: 20 }), (values, capacity) => {
        const window = windowOf(values, capacity);
        const held = Array.from({ length: window.size }, (_, rank) => window.at(rank));
        assert.deepEqual(
          held,
          values.slice(-capacity).toSorted((a, b) => a - b),
        );
      }),
    );
  });

  test("tells the distance to the k-th nearest value, as sorting all distances does", () => {
    fc.assert(
      fc.property(pushes, value, fc.integer({ min: 1, max: 5 }), (values, from, k) => {
        const distances = values.map((one) => Math.abs(one - from)).toSorted((a, b) => a - b);
        const expected = distances[k - 1] ?? Number.POSITIVE_INFINITY;
        assert.equal(windowOf(values, 60).distance(from, k), expected);
      }),
    );
  });

  test("has no value at a rank that it does not have", () => {
    assert.ok(Number.isNaN(new SortedWindow(3).at(0)));
    assert.equal(new SortedWindow(3).distance(1, 1), Number.POSITIVE_INFINITY);
  });
});
