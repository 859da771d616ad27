import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Method } from "../../src/method.ts";
import { outliersOf } from "./outliers-of.ts";
import { anyWindow, exactWindow, permutedWindow, threshold } from "./windows.ts";

/**
 * Tests what holds for every method that judges values by their distance from a centre.
 * @param k the method's default threshold
 */
export function testWindowLaws(method: Method, k: number): void {
  test("positions are in range, ascending and without repetition, whatever the values", () => {
    fc.assert(
      fc.property(anyWindow, threshold, (window, any) => {
        const found = outliersOf(method, window, any);
        assert.ok(found.every((at) => at in window));
        assert.deepEqual(
          found,
          [...new Set(found)].toSorted((a, b) => a - b),
        );
      }),
    );
  });

  test("a shift, a sign or a scale changes no verdict", () => {
    const power = fc.integer({ min: -100, max: 100 });
    fc.assert(
      fc.property(exactWindow, fc.integer({ min: -999, max: 999 }), power, (window, shift, p) => {
        const verdict = outliersOf(method, window, k);
        const [shifted, mirrored, scaled] = [
          window.map((value) => value + shift),
          window.map((value) => -value),
          window.map((value) => value * 2 ** p),
        ];
        for (const other of [shifted, mirrored, scaled]) {
          assert.deepEqual(outliersOf(method, other, k), verdict);
        }
      }),
    );
  });

  test("the order of the points changes no verdict", () => {
    fc.assert(
      fc.property(permutedWindow, ({ window, order }) => {
        const permuted = Float64Array.from(order, (at) => window[at] ?? Number.NaN);
        const found = outliersOf(method, permuted, 1.5).map((at) => order[at] ?? -1);
        assert.deepEqual(
          found.toSorted((a, b) => a - b),
          outliersOf(method, window, 1.5),
        );
      }),
    );
  });
}
