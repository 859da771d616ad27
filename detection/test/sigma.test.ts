import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { sigma } from "../src/sigma.ts";
import { outliersOf } from "./support/outliers-of.ts";
import { sigmaVectors } from "./support/vectors.ts";
import { testWindowLaws } from "./support/window-laws.ts";
import { anyWindow, threshold } from "./support/windows.ts";

const detect = (values: readonly number[], k = 2) =>
  outliersOf(sigma, Float64Array.from(values), k);

describe("sigma flags what NumPy flags, index for index", () => {
  for (const { name, values, verdicts } of sigmaVectors) {
    for (const { threshold, outliers } of verdicts) {
      test(`${name}, beyond ${threshold}σ`, () => {
        assert.deepEqual(outliersOf(sigma, values, threshold), outliers);
      });
    }
  }
});

test("the default is two standard deviations", () => {
  fc.assert(
    fc.property(anyWindow, (window) =>
      assert.deepEqual(outliersOf(sigma, window), outliersOf(sigma, window, 2)),
    ),
  );
});

test("outliers inflate the deviation: of the contract's example, 100 hides behind 200", () => {
  // By hand: mean 44, σ = √5209.14… = 72.17, so the limit is 44 ± 144.35.
  assert.deepEqual(detect([1, 2, 100, 1, 3, 200, 1]), [5]);
});

test("no point, one point and equal points are never outliers", () => {
  // NumPy flags equal values below 1e-150 or so: their squares underflow, and σ becomes 0.
  const value = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((v) => v === 0 || Math.abs(v) > 1e-100);
  fc.assert(
    fc.property(value, fc.nat(300), (value, count) => {
      assert.deepEqual(detect(Array(count).fill(value)), []);
    }),
  );
});

test("five points or fewer never hold an outlier beyond 2σ: (n − 1) / √n ≤ 2", () => {
  // https://en.wikipedia.org/wiki/Samuelson%27s_inequality
  // Multiples of 60 keep the means of up to five integers exact.
  const few = fc.array(
    fc.integer({ min: -1000, max: 1000 }).map((i) => i * 60),
    { maxLength: 5 },
  );
  fc.assert(fc.property(few, (values) => assert.deepEqual(detect(values), [])));
  assert.deepEqual(detect([0, 0, 0, 0, 0, 100]), [5], "the sixth point makes it possible");
});

testWindowLaws(sigma, 2);

test("a higher threshold flags a part of what a lower one flags", () => {
  fc.assert(
    fc.property(anyWindow, threshold, threshold, (window, a, b) => {
      const loose = new Set(outliersOf(sigma, window, Math.min(a, b)));
      assert.ok(outliersOf(sigma, window, Math.max(a, b)).every((at) => loose.has(at)));
    }),
  );
});
