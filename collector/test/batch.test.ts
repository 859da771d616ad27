import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DecodedResponse, Direction, EventPhase, State } from "@outliers/proto";
import { type Batch, buildBatch, newVerdicts } from "../src/batch.ts";
import { Series } from "../src/series.ts";
import { describeSeries, seriesOf } from "./support/series.ts";

const all = (...series: Series[]) => series.map((one) => ({ series: one, from: 0 }));

const names = (batch: Batch) => batch.metrics.map(({ name }) => name);

/** A response to a batch with outliers at these positions; each value is 10 above the expected. */
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
      event: EventPhase.EVENT_PHASE_CONTINUES,
    })),
    series: parts.map(({ series }) => ({
      name: series.id,
      state: State.STATE_READY,
      eventOpen: false,
    })),
    checkpoints: [],
  };
}

describe("a batch", () => {
  it("holds the samples series by series, with their times and ids", () => {
    const labelled = seriesOf("b", [3], { labels: { core: "0" } });
    const { metrics } = buildBatch(all(seriesOf("a", [1, 2]), labelled), 100, true);
    assert.deepEqual(metrics, [
      { time: { seconds: 1, nanos: 0 }, name: "a", value: 1 },
      { time: { seconds: 2, nanos: 0 }, name: "a", value: 2 },
      { time: { seconds: 1, nanos: 0 }, name: 'b{core="0"}', value: 3 },
    ]);
  });

  it("begins at the sample asked for", () => {
    const { metrics } = buildBatch([{ series: seriesOf("a", [1, 2, 3]), from: 2 }], 100, false);
    assert.deepEqual(
      metrics.map(({ value }) => value),
      [3],
    );
  });

  it("holds as many whole windows as fit into a request", () => {
    const windows = all(seriesOf("a", [1, 2]), seriesOf("b", [3, 4, 5]), seriesOf("c", [5, 6]));
    assert.deepEqual(names(buildBatch(windows, 4, true)), ["a", "a", "c", "c"]);
    assert.deepEqual(names(buildBatch(windows.slice(1), 1, true)), ["b", "b", "b"], "at least one");
  });

  it("is cut where the request is full if samples needn't stay together", () => {
    const some = all(seriesOf("a", [1, 2]), seriesOf("b", [3, 4, 5]));
    const batch = buildBatch(some, 3, false);
    assert.deepEqual(names(batch), ["a", "a", "b"]);
    assert.equal(batch.parts[1]?.end, 1);
  });
});

describe("the verdicts on a batch", () => {
  it("are assigned to their samples", () => {
    const [a, b] = [seriesOf("a", [1, 2, 99]), seriesOf("b", [77, 4])];
    const batch = buildBatch(all(a, b), 100, true);
    const found = newVerdicts(batch, responseOn(batch, 2, 3));
    assert.deepEqual(
      found.flatMap(({ series, detected }) =>
        detected.outliers.map(({ sample, verdict }) => [series.id, sample, verdict.expected]),
      ),
      [
        ["a", { timeMs: 3000, value: 99 }, 89],
        ["b", { timeMs: 1000, value: 77 }, 67],
      ],
    );
    assert.equal(found[1]?.detected.verdicts.at(-1)?.expected, -6);
    assert.equal(found[1]?.detected.state, "ready");
    assert.deepEqual(
      found.map(({ detected }) => detected.outliers[0]?.phase),
      ["continues", "continues"],
      "as the detector reports",
    );
  });

  it("are only those on samples without one: verdicts don't change", () => {
    const series = seriesOf("a", [1, 99, 3]);
    series.advance(2);
    const batch = buildBatch(all(series), 100, true);
    const [found] = newVerdicts(batch, responseOn(batch, 1));
    assert.equal(found?.detected.from, 2);
    assert.deepEqual(found?.detected.outliers, []);
    assert.equal(found?.detected.verdicts.length, 1);
    series.advance(3);
    assert.deepEqual(newVerdicts(batch, responseOn(batch, 2)), []);
  });

  it("keep the band within the series' range", () => {
    const percent = seriesOf("percent", [110], { min: 0, max: 100 });
    const load = seriesOf("load1", [9], { min: 0 });
    const batch = buildBatch(all(percent, load), 100, true);
    const bands = newVerdicts(batch, responseOn(batch)).map(({ detected }) => {
      const { lower, upper } = detected.verdicts[0] ?? assert.fail();
      return [lower, upper];
    });
    assert.deepEqual(bands, [
      [95, 100],
      [0, 4],
    ]);
  });

  it("on series that are compared with their peers are about the difference, told as values", () => {
    const series = new Series(
      describeSeries("a", { min: 0, max: 120 }),
      { timeMs: 1000, value: 107, reference: 90 },
      { capacity: 10, kept: 10 },
    );
    const batch = buildBatch(all(series), 100, false);
    assert.equal(batch.metrics[0]?.value, 17);
    const [found] = newVerdicts(batch, responseOn(batch, 0));
    const [outlier] = found?.detected.outliers ?? [];
    assert.deepEqual(outlier?.sample, { timeMs: 1000, value: 107, reference: 90 });
    assert.deepEqual(outlier.verdict, { score: 4, expected: 97, lower: 92, upper: 102 });
    assert.equal(outlier.reason, "difference from the median of its peers, 90: it is large");
  });

  it("from a detector of the first contract are just outliers, grouped by the same rule", () => {
    const series = seriesOf("a", [1, 99, 98, 1]);
    const batch = buildBatch(all(series), 100, true);
    const empty = {
      scores: [],
      expected: [],
      lower: [],
      upper: [],
      explanations: [],
      series: [] as [],
      checkpoints: [],
    };
    const [found] = newVerdicts(batch, { indices: [1, 2], ...empty });
    assert.deepEqual(
      found?.detected.outliers.map(({ sample, phase }) => [sample.value, phase]),
      [
        [99, "begins"],
        [98, "continues"],
      ],
    );
    assert.ok(Number.isNaN(found?.detected.verdicts[0]?.score));
    assert.equal(found?.detected.isEventOpen, true);
  });
});
