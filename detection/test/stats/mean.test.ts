import assert from "node:assert/strict";
import { test } from "node:test";
import { mean } from "../../src/stats/mean.ts";
import { sigmaVectors } from "../support/vectors.ts";

test("no values have no mean", () => {
  assert.equal(mean(new Float64Array()), Number.NaN);
});

test("the mean of the contract's example is 308 / 7 = 44", () => {
  assert.equal(mean(Float64Array.of(1, 2, 100, 1, 3, 200, 1)), 44);
});

for (const { name, values, mean: expected } of sigmaVectors) {
  test(`the mean equals NumPy's to the last bit: ${name}`, () => {
    // `+ 0`: the sign of a mean of zero changes no verdict.
    assert.equal(mean(values) + 0, expected + 0);
  });
}
