import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { normalFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { mediansOfOthers, Peers } from "../../../src/sources/prometheus/peers.ts";
import type { Reading } from "../../../src/sources/source.ts";
import { describeSeries } from "../../support/series.ts";

/** The middle one of them, or the mean of the middle two. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

function othersOf(...values: number[]): number[] {
  const byId = new Map(values.map((value, at) => [String(at), value]));
  const others = mediansOfOthers(byId, new Set(byId.keys()));
  return [...byId.keys()].map(others);
}

describe("the median of the others", () => {
  it("is that of all values but the one", () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 30 }), (values) => {
        for (const [at, found] of othersOf(...values).entries()) {
          const expected = median(values.toSpliced(at, 1));
          assert.ok(Math.abs(found - expected) <= 1e-6, `${found} is not ${expected}`);
        }
      }),
    );
  });

  it("is moved by none of the values beyond the others", () => {
    assert.deepEqual(othersOf(1, 2, 3, 1e9), [3, 3, 2, 2]);
    assert.deepEqual(othersOf(5, 1, 3), [2, 4, 3]);
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
    const compared = new Peers().compare(given).slice(-given.length);
    assert.deepEqual(
      compared.map(({ reference }) => reference),
      [3, 3, 2, 2, 30, 30, 20, 20, -3, -3, -2, -2],
    );
    assert.deepEqual(
      compared.map(({ series, timeMs, value }) => ({ series, timeMs, value })),
      given,
    );
  });

  it("have no reference with fewer than three peers", () => {
    const given = [...at(1000, group("abc"), 1, 2, 3), ...at(2000, group("abcd"), 1, 2, 3, 4)];
    const compared = new Peers().compare(given);
    assert.deepEqual(
      compared.map(({ timeMs, reference }) => timeMs === 2000 && reference !== undefined),
      [true, false, false, false, true, true, true, true],
    );
  });

  it("have each member stand for the typical one in turn, in order of time", () => {
    const members = group("abcd");
    const steps = Array.from({ length: 400 }, (_, step) => step * 1000);
    const given = members.flatMap((series, nth) =>
      steps.map((timeMs) => ({ series, timeMs, value: nth })),
    );
    const shown = new Peers().compare(given).filter(({ series }) => series === typical);
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

  it("keep their references when unequal members come and go, and follow the median slowly", () => {
    const names = "abcdefgh";
    const members = group(names);
    const usualOf = (name: string): number => 100 * names.indexOf(name);
    const normal = normalFrom(1);
    const peers = new Peers();
    let step = 0;
    /** How far each member is from its reference. */
    function next(present: string): Map<string, number> {
      step += 1;
      const common = 500 * Math.sin(step / 50);
      const given = members
        .filter(({ name }) => present.includes(name))
        .map((series) => ({
          series,
          timeMs: step * 60_000,
          value: common + usualOf(series.name) + normal(),
        }));
      const compared = peers.compare(given).slice(-given.length);
      return new Map(
        compared.map(({ series, value, reference = Number.NaN }) => [
          series.name,
          value - reference,
        ]),
      );
    }
    const before = next("abcdef");
    for (const present of ["bcdef", "bdef", "abdefgh", "abcdefgh", "acdefg"]) {
      const differences = next(present);
      // They have been there all the time.
      for (const name of "def") {
        const [was = 0, is = 0] = [before.get(name), differences.get(name)];
        assert.ok(Math.abs(is - was) < 20, `${name} of ${present}: ${is}, ${was} before`);
      }
    }
    for (let day = 0; day < 20 * 1440; day++) next("acdefg");
    const after = next("acdefg");
    assert.ok(Math.abs((after.get("a") ?? 0) + 400) < 5, String(after.get("a")));
  });
});
