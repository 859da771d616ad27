import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { amongPeers, mediansOfOthers } from "../../../src/sources/prometheus/peers.ts";
import type { Reading } from "../../../src/sources/source.ts";
import { describeSeries } from "../../support/series.ts";

/** The middle one of them, or the mean of the middle two. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

describe("the median of the others", () => {
  it("is that of all values but the one", () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 30 }), (values) => {
        for (const [at, found] of mediansOfOthers(values).entries()) {
          const expected = median(values.toSpliced(at, 1));
          assert.ok(Math.abs(found - expected) <= 1e-6, `${found} is not ${expected}`);
        }
      }),
    );
  });

  it("is moved by none of the values beyond the others", () => {
    assert.deepEqual(mediansOfOthers([1, 2, 3, 1e9]), [3, 3, 2, 2]);
    assert.deepEqual(mediansOfOthers([5, 1, 3]), [2, 4, 3]);
  });
});

describe("readings among peers", () => {
  const typical = describeSeries("typical");
  const other = describeSeries("other typical");
  const group = (names: string, of = typical) =>
    names.split("").map((name) => describeSeries(name, { typical: of }));
  const at = (timeMs: number, series: Reading["series"][], ...values: number[]): Reading[] =>
    series.map((one, nth) => ({ series: one, timeMs, value: values[nth] ?? 0 }));

  it("have the median of their own group at their own time as reference", () => {
    const [first, second] = [group("abcd"), group("wxyz", other)];
    const given = [
      ...at(1000, first, 1, 2, 3, 4),
      ...at(2000, first, 10, 20, 30, 40),
      ...at(1000, second, -1, -2, -3, -4),
    ];
    const { readings, alone } = amongPeers(given);
    assert.equal(alone, 0);
    assert.deepEqual(
      readings.slice(-given.length).map(({ reference }) => reference),
      [3, 3, 2, 2, 30, 30, 20, 20, -3, -3, -2, -2],
    );
    assert.deepEqual(
      readings.slice(-given.length).map(({ series, timeMs, value }) => ({ series, timeMs, value })),
      given,
    );
  });

  it("need three peers", () => {
    const given = [...at(1000, group("abc"), 1, 2, 3), ...at(2000, group("abcd"), 1, 2, 3, 4)];
    const { readings, alone } = amongPeers(given);
    assert.equal(alone, 3);
    assert.deepEqual(new Set(readings.map(({ timeMs }) => timeMs)), new Set([2000]));
  });

  it("have each member stand for the typical one in turn, in order of time", () => {
    const members = group("abcd");
    const steps = Array.from({ length: 400 }, (_, step) => step * 1000);
    const given = members.flatMap((series, nth) =>
      steps.map((timeMs) => ({ series, timeMs, value: nth })),
    );
    const { readings } = amongPeers(given);
    const shown = readings.filter(({ series }) => series === typical);
    assert.deepEqual(
      shown.map(({ timeMs }) => timeMs),
      steps,
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((value) => shown.filter((one) => one.value === value).length),
      [100, 100, 100, 100],
    );
    // As the member itself was compared.
    for (const { value, reference } of shown) assert.equal(reference, value < 2 ? 2 : 1);
  });
});
