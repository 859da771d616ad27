import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyVerdicts, buildBatch } from "../src/batch.ts";
import { Series } from "../src/series.ts";

const options = { window: 10, minSamples: 2, verdictIntervalMs: 1000 };

function seriesOf(name: string, ...values: number[]): Series {
  const [first = 0, ...rest] = values;
  const series = new Series(name, { timeMs: 1500, value: first }, options);
  for (const [index, value] of rest.entries()) series.push({ timeMs: 2500 + index * 1000, value });
  return series;
}

describe("a batch", () => {
  it("holds the windows one after the other, with their times", () => {
    const { metrics } = buildBatch([seriesOf("a", 1, 2), seriesOf("b", 3, 4)]);
    assert.deepEqual(metrics, [
      { time: { seconds: 1, nanos: 500_000_000 }, name: "a", value: 1 },
      { time: { seconds: 2, nanos: 500_000_000 }, name: "a", value: 2 },
      { time: { seconds: 1, nanos: 500_000_000 }, name: "b", value: 3 },
      { time: { seconds: 2, nanos: 500_000_000 }, name: "b", value: 4 },
    ]);
  });

  it("leaves out a series that warms up or has its verdicts", () => {
    const judged = seriesOf("judged", 1, 2);
    applyVerdicts(buildBatch([judged]), [], 3000);
    assert.deepEqual(buildBatch([judged, seriesOf("warming_up", 1)]).metrics, []);
  });

  it("hands each index to the sample it stands for", () => {
    const a = seriesOf("a", 1, 2, 99);
    const b = seriesOf("b", 77, 4);
    const flagged = applyVerdicts(buildBatch([a, b]), [2, 3], 5000);
    assert.deepEqual(
      flagged.map(({ series, sample }) => [series.name, sample]),
      [
        ["a", { timeMs: 3500, value: 99 }],
        ["b", { timeMs: 1500, value: 77 }],
      ],
    );
    assert.deepEqual([a.backlog, b.backlog], [0, 0]);
  });

  it("takes as many windows as go into a request, and the others the next time", () => {
    const all = [seriesOf("a", 1, 2), seriesOf("b", 3, 4), seriesOf("c", 5, 6)];
    const names = (batch: { metrics: { name?: string }[] }) =>
      batch.metrics.map(({ name }) => name);
    const first = buildBatch(all, 4);
    assert.deepEqual(names(first), ["a", "a", "b", "b"]);
    applyVerdicts(first, [], 5000);
    assert.deepEqual(names(buildBatch(all, 4)), ["c", "c"]);
    assert.deepEqual(names(buildBatch(all, 1)), ["c", "c"], "one window goes whatever its size");
  });

  it("ignores an index that no metric has", () => {
    const a = seriesOf("a", 1, 2);
    assert.deepEqual(applyVerdicts(buildBatch([a]), [-1, 2, 1000], 5000), []);
  });
});
