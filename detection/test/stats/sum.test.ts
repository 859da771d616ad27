import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sum } from "../../src/stats/sum.ts";

test("nothing sums to 0", () => {
  assert.equal(sum(new Float64Array()), 0);
});

test("integers sum exactly, across every block boundary of the pairwise order", () => {
  for (let count = 1; count <= 1100; count++) {
    const values = Float64Array.from({ length: count }, (_, i) => i + 1);
    assert.equal(sum(values), (count * (count + 1)) / 2, `1 + … + ${count}, by Gauss`);
  }
});

test("many small values do not get lost beside a large one", () => {
  // Exact: 1e16 + 1e6. A running sum would stay at 1e16, where 1 is half a unit of the last place.
  const values = new Float64Array(1_000_001).fill(1);
  values[0] = 1e16;
  assert.ok(Math.abs(sum(values) - (1e16 + 1e6)) <= 1000);
});

test("the sum of a window's negatives is the negative of its sum", () => {
  fc.assert(
    fc.property(fc.float64Array({ noNaN: true, noDefaultInfinity: true }), (values) => {
      // `+ 0` makes -0 of an empty window 0.
      assert.equal(sum(values.map((value) => -value)) + 0, -sum(values) + 0);
    }),
  );
});
