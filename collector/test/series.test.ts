import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SampleBudget } from "../src/sample-budget.ts";
import { seriesId } from "../src/series.ts";
import { seriesOf } from "./support/series.ts";

describe("the identity of a series", () => {
  it("is its name if it has no labels", () => {
    assert.equal(seriesId({ name: "load1", labels: {} }), "load1");
  });

  it("is its name and sorted labels in Prometheus' notation", () => {
    const id = 'cpu{core="3",host="a\\"b"}';
    assert.equal(seriesId({ name: "cpu", labels: { host: 'a"b', core: "3" } }), id);
    assert.equal(seriesId({ name: "cpu", labels: { core: "3", host: 'a"b' } }), id);
  });

  it("differs when a label differs", () => {
    const labels = fc.dictionary(fc.stringMatching(/^[a-z_]{1,5}$/), fc.string(), { maxKeys: 4 });
    const sorted = (of: Record<string, string>) =>
      JSON.stringify(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    fc.assert(
      fc.property(labels, labels, (a, b) => {
        const isSame = sorted(a) === sorted(b);
        const ids = [a, b].map((one) => seriesId({ name: "m", labels: one }));
        assert.equal(ids[0] === ids[1], isSame);
      }),
    );
  });
});

describe("a series", () => {
  it("has a backlog of the samples after those scored", () => {
    const series = seriesOf("load1", [1, 2, 3]);
    assert.equal(series.backlog, 3);
    series.advance(2);
    assert.deepEqual([series.backlog, series.scored], [1, 2]);
    series.advance(1);
    assert.equal(series.scored, 2, "a verdict is never taken back");
  });

  it("reports each sample dropped without a verdict once", () => {
    const series = seriesOf("load1", [1, 2, 3, 4], { capacity: 4 });
    assert.equal(series.push({ timeMs: 5000, value: 5 }), 1);
    assert.equal(series.backlog, 4);
    series.advance(5);
    assert.equal(series.push({ timeMs: 6000, value: 6 }), 0);
    assert.deepEqual(series.newest, { timeMs: 6000, value: 6 });
  });

  it("keeps 20,000 samples, 2000 of them in its checkpoint, and fewer among many series", () => {
    const budget = new SampleBudget(20_000);
    const room = (): number[] => [budget.capacity, budget.kept, budget.recent];
    budget.add(1);
    assert.deepEqual(room(), [20_000, 2000, 600]);
    budget.add(999);
    assert.deepEqual(room(), [10_000, 2000, 600]);
    budget.add(9000);
    assert.deepEqual(room(), [1000, 300, 300]);
    budget.add(90_000);
    assert.deepEqual(room(), [1000, 300, 300]);
    budget.add(-99_999);
    assert.deepEqual(room(), [20_000, 2000, 600]);
  });
});
