import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFeed } from "../../src/page/feed.ts";
import { Series, type SeriesEvent } from "../../src/page/static/series.js";
import { RECENT_SAMPLES } from "../../src/sample-budget.ts";
import { testView } from "../support/view.ts";

const isSeriesEvent = (data: unknown): data is SeriesEvent =>
  typeof data === "object" && data !== null && "verdictsFrom" in data;

/** A browser's series, fed by a collector's. */
function start() {
  const view = testView();
  const series = new Series();
  let next = createFeed(view);
  return {
    view,
    series,
    receive: () => {
      for (const { data } of next()) {
        const sent: unknown = JSON.parse(JSON.stringify(data));
        if (isSeriesEvent(sent)) series.apply(sent);
      }
    },
    reconnect: () => {
      next = createFeed(view);
    },
  };
}

describe("a series in the browser", () => {
  it("has samples at once, and verdicts when they arrive", () => {
    const { view, series, receive } = start();
    view.push("load1", 1);
    const sent = view.push("load1", 99);
    receive();
    assert.deepEqual(
      [series.values, series.scores, series.newestScored],
      [[1, 99], [null, null], -1],
    );
    view.detect(sent);
    receive();
    assert.deepEqual([series.upper, series.outliers, series.newestScored], [[2, 2], [null, 99], 1]);
    assert.equal(series.state, "ready");
  });

  it("is the same with and without a reconnection", () => {
    const { view, series, receive, reconnect } = start();
    for (let value = 1; value < 10; value++) view.detect(view.push("load1", value));
    receive();
    reconnect();
    view.detect(view.push("load1", 60));
    receive();
    assert.deepEqual(series.values, [1, 2, 3, 4, 5, 6, 7, 8, 9, 60]);
    assert.equal(series.outliers.at(-1), 60);
  });

  for (const pause of [1, RECENT_SAMPLES - 1, RECENT_SAMPLES, RECENT_SAMPLES + 1, 2000]) {
    it(`holds what the collector holds after ${pause} samples that it did not see`, () => {
      const { view, series, receive } = start();
      view.detect(view.push("load1", 1));
      receive();
      for (let value = 1; value <= pause; value++) view.detect(view.push("load1", value));
      receive();
      const [sent] = view.series();
      assert.ok(sent);
      const length = Math.min(pause + 1, RECENT_SAMPLES);
      assert.equal(series.times.length, length);
      assert.equal(
        series.times[0],
        view.recentSamples.of(sent).at(view.recentSamples.of(sent).oldest).timeMs,
      );
      assert.equal(series.values.at(-1), pause);
      assert.equal(series.newestScored, length - 1);
      assert.equal(series.outliers.length, length);
    });
  }
});
