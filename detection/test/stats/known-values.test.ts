import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { KnownValues } from "../../src/stats/known-values.ts";

const FOREVER = Number.POSITIVE_INFINITY;

function knownOf(values: readonly number[], capacity: number, maxAge = FOREVER): KnownValues {
  const known = new KnownValues(capacity, maxAge);
  for (const value of values) known.add(value);
  return known;
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

describe("known values", () => {
  test("nothing is near to nothing", () => {
    const known = knownOf([], 4);
    assert.equal(known.distance(1), Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(known.least) && Number.isNaN(known.greatest));
  });

  test("as long as they fit, each distance is the one to the nearest of all values", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 50 }), finite, (values, value) => {
        const nearest = Math.min(...values.map((one) => Math.abs(one - value)));
        assert.equal(knownOf(values, 50).distance(value), nearest);
      }),
    );
  });

  test("when they don't fit they stand for all: no value that was added is far from them", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 20, maxLength: 300 }), (values) => {
        const known = knownOf(values, 16);
        assert.equal(known.size <= 16, true);
        const range = Math.max(...values) - Math.min(...values);
        const spread = known.greatest - known.least;
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
      assert.equal(known.greatest, value);
    }
  });

  test("a value that does not come again is forgotten after its age, one that does is not", () => {
    const known = knownOf([99, 1], 8, 100);
    for (let added = 0; added < 300; added++) known.add(added % 50 === 0 ? 1 : 5);
    assert.equal(known.greatest, 5);
    assert.equal(known.least, 1);
  });
});
