import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Statuses } from "../../src/sinks/status.ts";
import { detect, seriesOf } from "../support/series.ts";

describe("the status of a series", () => {
  it("is warming up before the first verdict, and then as the detector reports", () => {
    const statuses = new Statuses(1000);
    const series = seriesOf("load1", [1, 2]);
    statuses.onSample(series);
    assert.equal(statuses.of(series).state, "warming_up");
    assert.equal(statuses.of(series).verdict, undefined);
    statuses.onVerdicts(series, detect(series), 3000);
    assert.equal(statuses.of(series).state, "ready");
    assert.equal(statuses.of(series).verdict?.upper, 2);
  });

  it("counts outliers and events, and knows when the last event began", () => {
    const statuses = new Statuses(1000);
    const series = seriesOf("load1", [1, 99, 98, 1]);
    statuses.onVerdicts(series, detect(series), 4100);
    const { outliers, events, eventBegan, lastOutlier, lastOutlierDetectedAtMs } =
      statuses.of(series);
    assert.deepEqual([outliers, events, eventBegan?.sample.timeMs], [2, 1, 2000]);
    assert.deepEqual(lastOutlier?.sample, { timeMs: 3000, value: 98 });
    assert.equal(lastOutlierDetectedAtMs, 4100);
  });

  it("counts no unmonitored time while verdicts arrive when due", () => {
    const statuses = new Statuses(1000);
    const series = seriesOf("load1", [1, 1, 1]);
    statuses.onVerdicts(series, detect(series), 3000);
    assert.equal(statuses.unmonitoredMs(series, 4900), 0);
  });

  it("counts unmonitored time from when a verdict was due until it arrives", () => {
    const statuses = new Statuses(1000);
    const series = seriesOf("load1", [1, 1, 1]);
    statuses.onVerdicts(series, detect(series), 2000);
    assert.equal(statuses.unmonitoredMs(series, 3900), 0);
    assert.equal(statuses.unmonitoredMs(series, 12_000), 9000);
    series.push({ timeMs: 12_000, value: 1 });
    statuses.onVerdicts(series, detect(series), 12_000);
    assert.equal(statuses.unmonitoredMs(series, 12_500), 9000);
  });

  it("expects verdicts on a slow series only when it has samples", () => {
    const statuses = new Statuses(1000);
    const series = seriesOf("load1", [1], { intervalMs: 300_000 });
    statuses.onVerdicts(series, detect(series), 1000);
    assert.equal(statuses.unmonitoredMs(series, 590_000), 0);
    assert.equal(statuses.unmonitoredMs(series, 901_000), 600_000);
  });
});
