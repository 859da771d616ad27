import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { waitFor } from "@outliers/service/wait-for";
import { captureLog } from "@outliers/testing/log";
import { systemClock } from "../src/clock.ts";
import { sampleSource } from "../src/sampling.ts";
import type { Reading, Source } from "../src/sources/source.ts";
import { metricsWithoutSeries } from "./support/metrics.ts";
import { describeSeries } from "./support/series.ts";

const percent = describeSeries("percent", { min: 0, max: 100 });

/** Samples a source every 50 ms until the test disposes of it. */
function sample(read: Source["read"], deadlineMs = 5000) {
  const stop = new AbortController();
  const log = captureLog();
  const sampled: Reading[] = [];
  const metrics = metricsWithoutSeries();
  const source = { name: "test", intervalMs: 50, deadlineMs, read };
  const onReadings = (readings: readonly Reading[]) => void sampled.push(...readings);
  const done = sampleSource(
    source,
    onReadings,
    () => {},
    metrics,
    systemClock,
    log.logger,
    stop.signal,
  );
  return {
    log,
    sampled,
    metric: async (line: string): Promise<number> => {
      const text = await metrics.registry.metrics();
      const found = text.split("\n").find((one) => one.startsWith(`${line} `));
      return Number(found?.slice(line.length + 1) ?? Number.NaN);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

const SUCCESS = 'collector_sample_success{source="test"}';
const until = (what: string, holds: () => Promise<boolean>) => waitFor(what, 20_000, holds);

describe("sampling a source", () => {
  it("survives a failed read, and reports it once in the log and by a metric", async () => {
    let fails = true;
    await using source = sample(async () => {
      if (fails) throw new Error("no such device");
      return [{ series: percent, value: 1 }];
    });
    await until("the failure", async () => (await source.metric(SUCCESS)) === 0);
    await source.log.line(/source failed.*no such device|no such device.*source failed/s);
    fails = false;
    await until("the recovery", async () => (await source.metric(SUCCESS)) === 1);
    await source.log.line(/source recovered/);
    const failures = source.log.lines.filter((line) => line.includes("source failed"));
    assert.equal(failures.length, 1);
  });

  it("fails while a read hangs, starts no other, and can still be stopped", async () => {
    let reads = 0;
    await using source = sample(() => {
      reads += 1;
      return new Promise<never>(() => {});
    }, 100);
    await source.log.line(/no reading within 0.1 s/);
    await until("some more ticks", async () => {
      const line = 'collector_sample_duration_seconds_count{source="test"}';
      return (await source.metric(line)) >= 4;
    });
    assert.equal(await source.metric(SUCCESS), 0);
    assert.equal(reads, 1);
  });

  it("rejects and counts an impossible reading, and accepts the others", async () => {
    const other = describeSeries("other");
    await using source = sample(async () => [
      { series: percent, value: 101 },
      { series: other, value: 101 },
      { series: other, value: Number.NaN },
    ]);
    const rejected = 'collector_rejected_readings_total{source="test"}';
    await until("two of them", async () => (await source.metric(rejected)) >= 2);
    assert.equal(await source.metric(SUCCESS), 0);
    assert.ok(source.sampled.length > 0);
    assert.ok(source.sampled.every(({ series, value }) => series === other && value === 101));
    await source.log.line(/impossible value of percent: 101/);
  });

  it("fails only after several reads without a reading: the first read of a rate has none", async () => {
    let reads = 0;
    await using source = sample(async () => {
      reads += 1;
      return [];
    });
    await source.log.line(/no reading in 3 reads/);
    assert.ok(reads >= 3);
    assert.equal(await source.metric(SUCCESS), 0);
  });
});
