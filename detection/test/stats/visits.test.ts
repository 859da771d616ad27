import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Visits } from "../../src/stats/visits.ts";

test("with fewer than k visits there is no k-th nearest", () => {
  const visits = new Visits();
  visits.push(1, 2);
  assert.equal(visits.distance(1, 2), Number.POSITIVE_INFINITY);
});

test("within a visit's range the distance is 0, outside it is the one to its nearer end", () => {
  const visits = new Visits();
  visits.push(10, 20);
  assert.deepEqual(
    [9, 10, 15, 20, 23].map((value) => visits.distance(value, 1)),
    [1, 0, 0, 0, 3],
  );
});

test("the k-th nearest is the k-th of all distances, of the last 64 visits", () => {
  const visit = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(20));
  const visitsOf = fc.array(visit, { minLength: 5, maxLength: 100 });
  fc.assert(
    fc.property(visitsOf, fc.integer({ min: -80, max: 80 }), (all, value) => {
      const visits = new Visits();
      for (const [least, length] of all) visits.push(least, least + length);
      const distances = all
        .slice(-64)
        .map(([least, length]) => Math.max(0, least - value, value - least - length))
        .sort((a, b) => a - b);
      for (const k of [1, 3, 5]) assert.equal(visits.distance(value, k), distances[k - 1]);
    }),
  );
});
