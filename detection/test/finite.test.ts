import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mad } from "../src/mad.ts";
import { sigma } from "../src/sigma.ts";
import { noOptions } from "./support/outliers-of.ts";

const extreme = fc.oneof(
  fc.constantFrom(1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE, 1e154, 1e-160),
  fc.constantFrom(0, 5e-324, -5e-324, 1e-310, 1, 2),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

describe("whatever finite values there are, all that is said of them is finite", () => {
  for (const method of [sigma, mad]) {
    test(method.name, () => {
      fc.assert(
        fc.property(
          fc.array(extreme, { minLength: 1, maxLength: 20 }),
          fc.constantFrom(0, 1e-300, 3, 1e308),
          (values, threshold) => {
            const judgement = method.judge(Float64Array.from(values), { ...noOptions, threshold });
            for (const [at, value] of values.entries()) {
              const said = [judgement.score(at), judgement.expected(at)];
              said.push(judgement.lower(at), judgement.upper(at));
              assert.ok(said.every(Number.isFinite), `${value}: ${said.join(", ")}`);
              assert.equal(judgement.score(at) > 1, judgement.outliers.includes(at));
            }
          },
        ),
        { numRuns: 2000 },
      );
    });
  }
});

// By hand: the same windows, times a power of two, have the same scores and bounds times that power.
for (const factor of [2 ** 1000, 2 ** -1000]) {
  test(`a window ${factor} times as large has bounds as many times as far away`, () => {
    const values = [1, 2, 100, 1, 3, 200, 1];
    for (const method of [sigma, mad]) {
      const plain = method.judge(Float64Array.from(values), noOptions);
      const scaled = method.judge(
        Float64Array.from(values, (value) => value * factor),
        noOptions,
      );
      assert.equal(scaled.upper(0), plain.upper(0) * factor);
      assert.equal(scaled.expected(0), plain.expected(0) * factor);
    }
  });
}
