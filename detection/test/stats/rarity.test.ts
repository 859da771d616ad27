import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { randomFrom } from "@outliers/testing/random";
import { Rarity } from "../../src/stats/rarity.ts";

/** Exponential values: one in 10^d is above d · ln 10. */
function exponential(count: number): Rarity {
  const random = randomFrom(1);
  const rarity = new Rarity();
  for (let index = 0; index < count; index++) rarity.add(-Math.log(random()));
  return rarity;
}

describe("rarity", () => {
  test("is the logarithm of the tail's probability, also far beyond what was seen", () => {
    const rarity = exponential(10_000);
    for (const decades of [0.5, 1, 2, 4, 8]) {
      const told = rarity.decades(decades * Math.LN10);
      assert.ok(Math.abs(told - decades) < 0.15 * decades + 0.1, `${told} for ${decades}`);
    }
  });

  test("is told by what is rare itself, where few values are larger than the rest", () => {
    // One in twenty is ten times as large: beyond 100 are 0.05 · e^-10, 5.6 decades.
    const told = (tailShare: number): number => {
      const random = randomFrom(2);
      const rarity = new Rarity();
      rarity.tailShare = tailShare;
      for (let index = 0; index < 20_000; index++) {
        const scale = random() < 0.05 ? 10 : 1;
        rarity.add(-Math.log(random()) * scale);
      }
      return rarity.decades(100);
    };
    assert.ok(Math.abs(told(0.005) - 5.6) < 1, `${told(0.005)} by the tail`);
    assert.ok(told(0.1) > 7, `${told(0.1)} by a tenth of all`);
  });

  test("never falls as values grow", () => {
    const rarity = exponential(1000);
    let before = 0;
    for (let value = 0; value < 30; value += 0.01) {
      const decades = rarity.decades(value);
      assert.ok(decades >= before - 1e-12, `at ${value}`);
      before = decades;
    }
  });

  test("has an inverse above the tail's start", () => {
    const rarity = exponential(5000);
    for (const decades of [2, 3, 6]) {
      assert.ok(Math.abs(rarity.decades(rarity.valueAt(decades)) - decades) < 1e-9);
    }
  });

  test("is great but finite for the first value above a tail of zeros", () => {
    const rarity = new Rarity();
    for (let index = 0; index < 1000; index++) rarity.add(0);
    assert.equal(rarity.decades(0), 0);
    const decades = rarity.decades(1e-9);
    assert.ok(decades > 10 && Number.isFinite(decades), String(decades));
  });
});
