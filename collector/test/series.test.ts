import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Sample, Series } from "../src/series.ts";

const options = { window: 4, minSamples: 3, verdictIntervalMs: 1000 };

function seriesOf(...values: number[]): Series {
  const [first = 0, ...rest] = values;
  const series = new Series("load1", { timeMs: 1000, value: first }, options);
  for (const [index, value] of rest.entries()) series.push({ timeMs: 2000 + index * 1000, value });
  return series;
}

/** Judges the window as it is, with the outliers at the given distances from its end. */
function judge(series: Series, nowMs: number, ...fromEnd: number[]): Sample[] {
  const window = series.pendingWindow();
  assert.ok(window);
  const outliers = fromEnd.map((distance) => {
    const sample = window.samples.at(-distance);
    assert.ok(sample);
    return { sample, fromEnd: distance };
  });
  return series.judge(window.end, outliers, nowMs);
}

describe("a series", () => {
  it("is warming up until it has enough samples, and is not judged before", () => {
    const series = seriesOf(1, 2);
    assert.equal(series.state, "warming_up");
    assert.equal(series.pendingWindow(), undefined);
    series.push({ timeMs: 3000, value: 3 });
    assert.equal(series.state, "ready");
    assert.equal(series.pendingWindow()?.samples.length, 3);
  });

  it("is constant while no two samples of the window differ", () => {
    const series = seriesOf(7, 7, 7);
    assert.equal(series.state, "constant");
    series.push({ timeMs: 4000, value: 8 });
    assert.equal(series.state, "ready");
    for (const timeMs of [5000, 6000, 7000, 8000]) series.push({ timeMs, value: 8 });
    assert.equal(series.state, "constant");
  });

  it("counts a sample that comes back as an outlier once", () => {
    const series = seriesOf(1, 1, 9);
    assert.deepEqual(judge(series, 3010, 1), [{ timeMs: 3000, value: 9 }]);
    series.push({ timeMs: 4000, value: 1 });
    assert.deepEqual(judge(series, 4010, 2), []);
    assert.equal(series.flagged, 1);
    assert.equal(series.lastFlag?.sample.timeMs, 3000);
  });

  it("keeps the first verdict on a sample when a later window sees it otherwise", () => {
    const series = seriesOf(1, 1, 2);
    assert.deepEqual(judge(series, 3010), []);
    series.push({ timeMs: 4000, value: 1 });
    assert.deepEqual(judge(series, 4010, 2), []);
    assert.equal(series.flagged, 0);
  });

  it("gives every sample of the warm-up a verdict with the first window", () => {
    const series = seriesOf(9, 1, 1);
    assert.equal(series.backlog, 3);
    assert.deepEqual(judge(series, 3010, 3), [{ timeMs: 1000, value: 9 }]);
    assert.equal(series.backlog, 0);
    assert.equal(series.pendingWindow(), undefined);
  });

  it("catches up on what came while a window was away", () => {
    const series = seriesOf(1, 1, 1);
    const sent = series.pendingWindow();
    assert.ok(sent);
    series.push({ timeMs: 4000, value: 9 });
    series.judge(sent.end, [], 4100);
    assert.equal(series.backlog, 1);
    assert.deepEqual(judge(series, 4200, 1), [{ timeMs: 4000, value: 9 }]);
  });

  it("reports a sample that leaves the window without a verdict, once", () => {
    const series = seriesOf(1, 2, 3, 4);
    assert.equal(series.push({ timeMs: 5000, value: 5 }), 1);
    assert.equal(series.backlog, 4);
    judge(series, 5010);
    assert.equal(series.push({ timeMs: 6000, value: 6 }), 0);
    assert.equal(series.backlog, 1);
  });

  it("is not blind while verdicts come when due", () => {
    const series = seriesOf(1, 1, 1);
    judge(series, 3000);
    series.push({ timeMs: 4000, value: 1 });
    judge(series, 4000);
    assert.equal(series.blindMs(4900), 0);
  });

  it("is blind from when a verdict was due until it comes", () => {
    const series = seriesOf(1, 1, 1);
    judge(series, 2000);
    assert.equal(series.blindMs(3900), 0);
    assert.equal(series.blindMs(12_000), 9000);
    judge2(series, 12_000);
    assert.equal(series.blindMs(12_500), 9000);
  });
});

function judge2(series: Series, nowMs: number): void {
  series.push({ timeMs: nowMs, value: 1 });
  judge(series, nowMs);
}
