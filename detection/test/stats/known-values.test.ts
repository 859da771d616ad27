import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { KnownValues } from "../../src/stats/known-values.ts";

function knownOf(values: readonly number[], capacity: number): KnownValues {
  const known = new KnownValues(capacity);
  for (const value of values) known.add(value);
  return known;
}

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

describe("known values", () => {
  test("nothing is near to nothing", () => {
    const known = knownOf([], 4);
    assert.equal(known.distance(1), Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(known.min) && Number.isNaN(known.max));
  });

  test("as long as they fit, each distance is the one to the nearest of all values", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 50 }), finite, (values, value) => {
        const nearest = Math.min(...values.map((one) => Math.abs(one - value)));
        // The distance between a zero and a negative zero is either.
        assert.equal(knownOf(values, 50).distance(value) + 0, nearest);
      }),
    );
  });

  test("when they don't fit they stand for all: no value that was added is far from them", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 20, maxLength: 300 }), (values) => {
        const known = knownOf(values, 16);
        assert.equal(known.size <= 16, true);
        const range = Math.max(...values) - Math.min(...values);
        const spread = known.max - known.min;
        assert.ok(spread <= range);
        // 16 values over a range lie at most a 15th of it apart where they are nearest.
        for (const value of values.slice(-1)) assert.ok(known.distance(value) <= range / 15);
      }),
    );
  });

  test("a ramp that outgrows them is followed", () => {
    const known = knownOf([], 16);
    for (let value = 0; value < 1000; value++) {
      known.add(value);
      assert.equal(known.max, value);
    }
  });

  test("a value that is not seen for a generation is forgotten, one that is stays", () => {
    const known = knownOf([99, 5, 1], 8);
    known.turn();
    known.add(1);
    assert.equal(known.max, 99, "the one before counts, too");
    known.turn();
    assert.deepEqual([known.size, known.min, known.max], [1, 1, 1]);
  });

  test("the neighbours of a value are the nearest known ones", () => {
    const known = knownOf([1, 5, 9], 8);
    assert.deepEqual([known.below(5), known.above(5), known.above(6)], [1, 5, 9]);
    assert.ok(Number.isNaN(known.below(1)) && Number.isNaN(known.above(10)));
  });
});
