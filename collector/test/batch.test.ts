import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DecodedResponse, Direction, State } from "@outliers/proto";
import { applyVerdicts, type Batch, buildBatch } from "../src/batch.ts";
import { Series } from "../src/series.ts";

const options = { capacity: 10, verdictIntervalMs: 1000, activeHoldMs: 5000 };

function seriesOf(name: string, ...values: number[]): Series {
  const [first = 0, ...rest] = values;
  const series = new Series(name, { timeMs: 1500, value: first }, options);
  for (const [index, value] of rest.entries()) series.push({ timeMs: 2500 + index * 1000, value });
  return series;
}

const all = (...series: Series[]) => series.map((one) => ({ series: one, from: 0 }));

const names = (batch: Batch) => batch.metrics.map(({ name }) => name);

/** A response on a batch, with outliers at these positions; a value's expected one is 10 less. */
function responseOn({ metrics, parts }: Batch, ...indices: number[]): DecodedResponse {
  const values = metrics.map(({ value }) => Number(value));
  return {
    indices,
    scores: values.map((_, index) => (indices.includes(index) ? 4 : 0.5)),
    expected: values.map((value) => value - 10),
    lower: values.map((value) => value - 15),
    upper: values.map((value) => value - 5),
    explanations: indices.map((index) => ({
      index,
      score: 4,
      expected: 0,
      lower: 0,
      upper: 0,
      direction: Direction.DIRECTION_UP,
      reason: "it is large",
    })),
    series: parts.map(({ series }) => ({ name: series.name, state: State.STATE_READY })),
  };
}

describe("a batch", () => {
  it("holds the samples one after the other, with their times", () => {
    const { metrics } = buildBatch(all(seriesOf("a", 1, 2), seriesOf("b", 3)), 100, true);
    assert.deepEqual(metrics, [
      { time: { seconds: 1, nanos: 500_000_000 }, name: "a", value: 1 },
      { time: { seconds: 2, nanos: 500_000_000 }, name: "a", value: 2 },
      { time: { seconds: 1, nanos: 500_000_000 }, name: "b", value: 3 },
    ]);
  });

  it("begins with the sample that is asked for", () => {
    const { metrics } = buildBatch([{ series: seriesOf("a", 1, 2, 3), from: 2 }], 100, false);
    assert.deepEqual(
      metrics.map(({ value }) => value),
      [3],
    );
  });

  it("hands each verdict to the sample it stands for", () => {
    const a = seriesOf("a", 1, 2, 99);
    const b = seriesOf("b", 77, 4);
    const batch = buildBatch(all(a, b), 100, true);
    const flagged = applyVerdicts(batch, responseOn(batch, 2, 3), 5000);
    assert.deepEqual(
      flagged.map(({ series, flag }) => [series.name, flag.sample, flag.verdict.expected]),
      [
        ["a", { timeMs: 3500, value: 99 }, 89],
        ["b", { timeMs: 1500, value: 77 }, 67],
      ],
    );
    assert.deepEqual([a.backlog, b.backlog], [0, 0]);
    assert.equal(b.verdict?.expected, -6);
    assert.equal(b.state, "ready");
    assert.deepEqual(flagged[0]?.flag.direction, "up");
  });

  it("keeps the expected band within what there can be in the unit of the series", () => {
    const percent = seriesOf("cpu_utilization_percent", 110);
    const load = seriesOf("load1", 110, 9);
    const batch = buildBatch(all(percent, load), 100, true);
    applyVerdicts(batch, responseOn(batch), 5000);
    assert.deepEqual([percent.verdict?.lower, percent.verdict?.upper], [95, 100]);
    assert.deepEqual([load.verdict?.lower, load.verdict?.upper], [0, 4]);
  });

  it("takes as many whole windows as go into a request", () => {
    const windows = all(seriesOf("a", 1, 2), seriesOf("b", 3, 4, 5), seriesOf("c", 5, 6));
    assert.deepEqual(names(buildBatch(windows, 4, true)), ["a", "a", "c", "c"]);
    assert.deepEqual(names(buildBatch(windows.slice(1), 1, true)), ["b", "b", "b"], "at least one");
  });

  it("cuts where the request is full, when samples need not stay together", () => {
    const some = all(seriesOf("a", 1, 2), seriesOf("b", 3, 4, 5));
    const batch = buildBatch(some, 3, false);
    assert.deepEqual(names(batch), ["a", "a", "b"]);
    assert.equal(batch.parts[1]?.end, 1);
  });

  it("ignores an explanation of an index that no metric has", () => {
    const a = seriesOf("a", 1, 2);
    const batch = buildBatch(all(a), 100, true);
    assert.deepEqual(applyVerdicts(batch, responseOn(batch, -1, 2, 1000), 5000), []);
    assert.equal(a.backlog, 0);
  });
});
