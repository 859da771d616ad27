import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mean } from "../../src/stats/mean.ts";
import { standardDeviation } from "../../src/stats/standard-deviation.ts";
import { sigmaVectors } from "../support/vectors.ts";
import { exactWindow } from "../support/windows.ts";

test("no values have no standard deviation", () => {
  assert.equal(standardDeviation(new Float64Array(), Number.NaN), Number.NaN);
});

test("it is the population's: that of 2, 4, 4, 4, 5, 5, 7, 9 is 2", () => {
  // https://en.wikipedia.org/wiki/Standard_deviation#Basic_examples
  assert.equal(standardDeviation(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9), 5), 2);
});

test("a shift by an integer leaves it as it is", () => {
  fc.assert(
    fc.property(exactWindow, fc.integer({ min: -1000, max: 1000 }), (window, shift) => {
      const shifted = window.map((value) => value + shift);
      assert.equal(
        standardDeviation(shifted, mean(shifted)),
        standardDeviation(window, mean(window)),
      );
    }),
  );
});

for (const { name, values, std } of sigmaVectors) {
  test(`the standard deviation equals NumPy's to the last bit: ${name}`, () => {
    assert.equal(standardDeviation(values, mean(values)), std);
  });
}
