import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mad } from "../src/mad.ts";
import { outliersOf } from "./support/outliers-of.ts";
import { madVectors } from "./support/vectors.ts";
import { testWindowLaws } from "./support/window-laws.ts";
import { anyWindow, exactWindow, threshold } from "./support/windows.ts";

const detect = (values: readonly number[], k = 3.5) =>
  outliersOf(mad, Float64Array.from(values), k);

describe("MAD flags what the textbook's formula over SciPy's MAD flags", () => {
  for (const { name, values, verdicts } of madVectors) {
    for (const { threshold, outliers } of verdicts) {
      test(`${name}, beyond ${threshold}`, () => {
        assert.deepEqual(outliersOf(mad, values, threshold), outliers);
      });
    }
  }
});

test("the default is 3.5, as Iglewicz and Hoaglin recommend", () => {
  fc.assert(
    fc.property(anyWindow, (window) =>
      assert.deepEqual(outliersOf(mad, window), outliersOf(mad, window, 3.5)),
    ),
  );
});

test("of the contract's example it flags both outliers", () => {
  // By hand: median 2, deviations 1 0 98 1 1 198 1, MAD 1; scores 0.6745 · 98 and 0.6745 · 198.
  assert.deepEqual(detect([1, 2, 100, 1, 3, 200, 1]), [2, 5]);
});

test("up to half of the points may be outliers", () => {
  // By hand: median 3, deviations 2 1 0 97 98, MAD 2; 0.6745 · 97 / 2 = 32.7.
  assert.deepEqual(detect([1, 2, 3, 100, 101]), [3, 4]);
});

describe("where over half of the points are equal, MAD is 0 and the mean deviation serves", () => {
  const cases: { values: number[]; score: string; outliers: number[] }[] = [
    { values: [5, 5, 5, 5, 5, 5, 5, 9], score: "4 / (1.253314 · 4/8) = 6.38", outliers: [7] },
    { values: [5, 5, 5, 9], score: "4 / (1.253314 · 4/4) = 3.19", outliers: [] },
    { values: [5, 5, 5, 5, 9], score: "4 / (1.253314 · 4/5) = 3.99", outliers: [4] },
    {
      values: [0, 0, 0, 0, 0, 0, -3, 6],
      score: "-2.13 and 6 / (1.253314 · 9/8) = 4.26",
      outliers: [7],
    },
    { values: [7, 7, 7, 7], score: "none: the mean deviation is 0 too", outliers: [] },
  ];
  for (const { values, score, outliers } of cases) {
    test(`${values.join(" ")}: ${score}`, () => assert.deepEqual(detect(values), outliers));
  }
});

test("no point, one point and equal points are never outliers", () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.nat(300),
      threshold,
      (value, count, k) => {
        assert.deepEqual(detect(Array(count).fill(value), k), []);
      },
    ),
  );
});

testWindowLaws(mad, 3.5);

test("a point on the median is never an outlier", () => {
  fc.assert(
    fc.property(exactWindow, threshold, (window, k) => {
      const even = Float64Array.of(...window, 0);
      const middle = even.toSorted()[window.length / 2];
      assert.ok(outliersOf(mad, even, k).every((at) => even[at] !== middle));
    }),
  );
});
