import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Flag, Series, type State } from "../src/series.ts";

const options = { capacity: 4, verdictIntervalMs: 1000, activeHoldMs: 5000 };
const verdict = { score: 0.5, expected: 1, lower: 0, upper: 2 };

function seriesOf(...values: number[]): Series {
  const [first = 0, ...rest] = values;
  const series = new Series("load1", { timeMs: 1000, value: first }, options);
  for (const [index, value] of rest.entries()) series.push({ timeMs: 2000 + index * 1000, value });
  return series;
}

/** Judges the samples up to `end`, with the outliers of the given sequence numbers. */
function judge(series: Series, end: number, nowMs: number, outliers: number[] = []): number[] {
  const flags = outliers.map((sequence) => {
    const flag: Flag = {
      sample: series.samples.at(sequence),
      verdict: { ...verdict, score: 3 },
      direction: "up",
      reason: "it is large",
    };
    return { sequence, flag };
  });
  const state: State = "ready";
  const judged = series.judge({ from: 0, end, verdictOf: () => verdict, state, flags }, nowMs);
  return judged.map(({ sample }) => sample.timeMs);
}

describe("a series", () => {
  it("is warming up before its first verdict, and then in the state that the verdict says", () => {
    const series = seriesOf(1, 2);
    assert.equal(series.state, "warming_up");
    assert.equal(series.verdict, undefined);
    judge(series, 2, 3000);
    assert.equal(series.state, "ready");
    assert.deepEqual(series.verdict, verdict);
  });

  it("counts a sample that comes back as an outlier once", () => {
    const series = seriesOf(1, 1, 9);
    assert.deepEqual(judge(series, 3, 3010, [2]), [3000]);
    series.push({ timeMs: 4000, value: 1 });
    assert.deepEqual(judge(series, 4, 4010, [2]), []);
    assert.equal(series.flagged, 1);
    assert.equal(series.lastFlag?.sample.timeMs, 3000);
    assert.equal(series.lastFlagJudgedAtMs, 3010);
  });

  it("is active since the first outlier of an event, and anew after a hold without one", () => {
    const series = seriesOf(1, 9, 9);
    judge(series, 3, 3010, [1, 2]);
    assert.equal(series.activeSinceMs, 2000);
    // Just within the hold of 5 s, and just beyond it.
    series.push({ timeMs: 8000, value: 9 });
    judge(series, 4, 8010, [3]);
    assert.equal(series.activeSinceMs, 2000);
    series.push({ timeMs: 13_001, value: 9 });
    judge(series, 5, 13_010, [4]);
    assert.equal(series.activeSinceMs, 13_001);
  });

  it("keeps the first verdict on a sample when a later window sees it otherwise", () => {
    const series = seriesOf(1, 1, 2);
    assert.deepEqual(judge(series, 3, 3010), []);
    series.push({ timeMs: 4000, value: 1 });
    assert.deepEqual(judge(series, 4, 4010, [2]), []);
    assert.equal(series.flagged, 0);
  });

  it("takes no verdict on history that it has verdicts on", () => {
    const series = seriesOf(1, 1, 9);
    judge(series, 3, 3010);
    assert.deepEqual(judge(series, 2, 3020, [1]), []);
    assert.equal(series.backlog, 0);
  });

  it("catches up on what came while a request was away", () => {
    const series = seriesOf(1, 1, 1);
    series.push({ timeMs: 4000, value: 9 });
    judge(series, 3, 4100);
    assert.equal(series.backlog, 1);
    assert.deepEqual(judge(series, 4, 4200, [3]), [4000]);
  });

  it("reports a sample that is given up without a verdict, once", () => {
    const series = seriesOf(1, 2, 3, 4);
    assert.equal(series.push({ timeMs: 5000, value: 5 }), 1);
    assert.equal(series.backlog, 4);
    judge(series, 5, 5010);
    assert.equal(series.push({ timeMs: 6000, value: 6 }), 0);
    assert.equal(series.backlog, 1);
  });

  it("is not blind while verdicts come when due", () => {
    const series = seriesOf(1, 1, 1);
    judge(series, 3, 3000);
    series.push({ timeMs: 4000, value: 1 });
    judge(series, 4, 4000);
    assert.equal(series.blindMs(4900), 0);
  });

  it("is blind from when a verdict was due until it comes", () => {
    const series = seriesOf(1, 1, 1);
    judge(series, 3, 2000);
    assert.equal(series.blindMs(3900), 0);
    assert.equal(series.blindMs(12_000), 9000);
    series.push({ timeMs: 12_000, value: 1 });
    judge(series, 4, 12_000);
    assert.equal(series.blindMs(12_500), 9000);
  });
});
