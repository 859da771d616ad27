import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RECENT_SAMPLES, SampleBudget } from "../../src/sample-budget.ts";
import { RecentSamples } from "../../src/sinks/recent-samples.ts";
import { detect, seriesOf } from "../support/series.ts";

/** The recent samples of a series with these values, before any verdict. */
function pushed(values: readonly number[]) {
  const recent = new RecentSamples(new SampleBudget(10_000));
  const series = seriesOf("load1", values.slice(0, 1), { capacity: 10_000 });
  recent.onSample(series);
  for (const [at, value] of values.slice(1).entries()) {
    series.push({ timeMs: 2000 + at * 1000, value });
    recent.onSample(series);
  }
  return { recent, series };
}

describe("recent samples", () => {
  for (const before of [5, RECENT_SAMPLES + 5]) {
    it(`begin with those from before a restart: ${before}`, () => {
      const values = Array.from({ length: before }, (_, value) => value);
      const series = seriesOf("load1", values, { capacity: 10_000 });
      series.advance(before);
      const recent = new RecentSamples(new SampleBudget(10_000));
      for (const value of [101, 102]) {
        series.push({ timeMs: series.newest.timeMs + 1000, value });
        recent.onSample(series);
      }
      recent.onVerdicts(series, detect(series));
      const ring = recent.of(series);
      const held = Array.from({ length: series.samples.pushed - ring.oldest }, (_, at) =>
        ring.at(ring.oldest + at),
      );
      assert.deepEqual(
        held.map(({ value }) => value),
        [...values, 101, 102].slice(-RECENT_SAMPLES),
      );
      assert.deepEqual([held.at(-1)?.upper, held.at(-3)?.upper], [2, Number.NaN]);
    });
  }

  it("have no verdict until it arrives", () => {
    const { recent, series } = pushed([1, 99]);
    assert.deepEqual(recent.of(series).at(1), {
      timeMs: 2000,
      value: 99,
      score: Number.NaN,
      lower: Number.NaN,
      upper: Number.NaN,
      isOutlier: false,
    });
    recent.onVerdicts(series, detect(series));
    assert.partialDeepStrictEqual(recent.of(series).at(1), { lower: 0, upper: 2, isOutlier: true });
    assert.equal(recent.of(series).at(0).isOutlier, false);
  });

  it("don't keep the verdict of a sample that was overwritten", () => {
    const { recent, series } = pushed([99]);
    recent.onVerdicts(series, detect(series));
    for (let at = 1; at <= RECENT_SAMPLES; at++) {
      series.push({ timeMs: 1000 + at, value: 7 });
      recent.onSample(series);
    }
    assert.equal(recent.of(series).oldest, 1);
    const { value, score, isOutlier } = recent.of(series).at(RECENT_SAMPLES);
    assert.deepEqual([value, score, isOutlier], [7, Number.NaN, false]);
  });

  it("ignore verdicts on samples that were overwritten", () => {
    const { recent, series } = pushed([99, ...Array.from({ length: RECENT_SAMPLES }, () => 1)]);
    recent.onVerdicts(series, detect(series));
    assert.equal(recent.of(series).at(RECENT_SAMPLES).isOutlier, false);
  });

  it("are half as many once there are thousands of series, the newest ones with their verdicts", () => {
    const budget = new SampleBudget(20_000);
    const recent = new RecentSamples(budget);
    const series = seriesOf("load1", [99]);
    recent.onSample(series);
    const push = (value: number): void => {
      series.push({ timeMs: series.newest.timeMs + 1000, value });
      recent.onSample(series);
    };
    for (let at = 1; at < RECENT_SAMPLES; at++) push(at === RECENT_SAMPLES - 2 ? 99 : 1);
    recent.onVerdicts(series, detect(series));
    budget.add(10_000);
    push(7);
    const ring = recent.of(series);
    assert.equal(ring.pushed - ring.oldest, RECENT_SAMPLES / 2);
    const newest = Array.from({ length: 3 }, (_, back) => ring.at(ring.pushed - 3 + back));
    assert.deepEqual(
      newest.map(({ value, upper, isOutlier }) => [value, upper, isOutlier]),
      [
        [99, 2, true],
        [1, 2, false],
        [7, Number.NaN, false],
      ],
    );
  });
});
