import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Trigger } from "../src/trigger.ts";

describe("a trigger", () => {
  test("of 1 of 1 lets every outlier count", () => {
    assert.deepEqual(new Trigger({ k: 1, n: 1 }).filter([0, 3, 4], 10), [0, 3, 4]);
  });

  test("of 2 of 3 lets an outlier count that has another within the last three values", () => {
    assert.deepEqual(new Trigger({ k: 2, n: 3 }).filter([0, 2, 5, 6, 9], 10), [2, 6]);
  });

  test("counts what it counts in whatever parts the values come", () => {
    const outliers = fc.array(fc.boolean(), { maxLength: 60 });
    const trigger = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.nat(5))
      .map(([k, more]) => ({ k, n: k + more }));
    fc.assert(
      fc.property(outliers, trigger, fc.integer({ min: 1, max: 9 }), (flags, { k, n }, part) => {
        const wanted = flags.flatMap((isOutlier, at) => {
          const last = flags.slice(Math.max(0, at - n + 1), at + 1);
          return isOutlier && last.filter(Boolean).length >= k ? [at] : [];
        });
        const filter = new Trigger({ k, n });
        const counted: number[] = [];
        for (let from = 0; from < flags.length; from += part) {
          const values = flags.slice(from, from + part);
          const positions = values.flatMap((isOutlier, at) => (isOutlier ? [at] : []));
          counted.push(...filter.filter(positions, values.length).map((at) => from + at));
        }
        assert.deepEqual(counted, wanted);
      }),
    );
  });
});
