import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startOpsServer } from "@outliers/service/ops-server";
import { normalizedExposition } from "@outliers/testing/exposition";
import { createMetrics, exportHostName, exportPageUrl, exportRemoteWrite } from "../src/metrics.ts";
import { SampleBudget } from "../src/sample-budget.ts";
import { Series } from "../src/series.ts";
import { Statuses } from "../src/sinks/status.ts";
import { createHostSources } from "../src/sources/host.ts";
import { hostSourceNames } from "../src/sources/host-source-names.ts";
import { describeSeries, detect } from "./support/series.ts";

const NOW_MS = 1_700_000_010_000;

/** A collector's metrics with a sample in every family, at a fixed time. */
function filledMetrics() {
  const statuses = new Statuses(1000);
  const series = [
    describeSeries("cpu_utilization_percent"),
    describeSeries("cpu", { labels: { core: "3" } }),
    describeSeries("http_latency", { labels: { query: "http_latency", instance: "web-1" } }),
  ].map(
    (description) =>
      new Series(description, { timeMs: NOW_MS - 2000, value: 1 }, new SampleBudget(100)),
  );
  const metrics = createMetrics({
    series: () => series,
    statuses,
    backlog: () => 1,
    setAside: () => 0,
    now: () => NOW_MS,
    activeHoldMs: 30_000,
  });
  for (const one of series) {
    statuses.onSample(one);
    one.push({ timeMs: NOW_MS - 1000, value: 99 });
    statuses.onVerdicts(one, detect(one), NOW_MS - 1000);
    one.push({ timeMs: NOW_MS, value: 2 });
    metrics.samples.inc(3);
  }
  for (const { name: source, intervalMs } of createHostSources(hostSourceNames, {
    hostProc: "/proc",
    perCore: false,
    intervalMs: 1000,
    direction: "both",
    minDeviation: undefined,
  })) {
    metrics.sampleDuration.observe({ source }, 0.0002);
    metrics.sampleSuccess.set({ source }, 1);
    metrics.sourceInterval.set({ source }, intervalMs / 1000);
    metrics.lastSample.set({ source }, NOW_MS / 1000);
    metrics.rejectedReadings.inc({ source }, 0);
  }
  metrics.queryInfo.set(
    { query: "http_latency", expr: "sum by (instance) (rate(latency[5m]))" },
    1,
  );
  metrics.querySeries.set({ query: "http_latency" }, 12);
  metrics.leftOutSeries.set({ query: "http_latency" }, 0);
  metrics.ignoredValues.inc({ query: "http_latency", reason: "not_finite" });
  metrics.backfillSeries.set({ query: "http_latency" }, 0);
  metrics.backfillSamples.inc({ query: "http_latency" }, 20_160);
  metrics.reloadSuccess.set(1);
  metrics.reloadSuccessTime.set(NOW_MS / 1000);
  metrics.detectRequests.inc({ code: "OK" });
  metrics.detectDuration.observe(0.002);
  metrics.streams.inc();
  metrics.stateWriteSuccess.set(1);
  metrics.detectorUp.set(1);
  exportHostName(metrics.registry, "host.example");
  exportPageUrl(metrics.registry, "http://host.example:9464/");
  exportRemoteWrite(metrics.registry, {
    sent: 1200,
    failed: 6,
    retried: 60,
    dropped: 12,
    pending: 18,
    highestSentMs: NOW_MS,
  });
  return metrics;
}

test("the collector's /metrics are as documented", async (t) => {
  const metrics = filledMetrics();
  const server = await startOpsServer({ host: "127.0.0.1", port: 0 }, metrics.registry, () => ({
    ready: true,
    reason: "ok",
  }));
  t.after(() => server.close());
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const golden = fileURLToPath(new URL("metrics.golden.txt", import.meta.url));
  t.assert.fileSnapshot(normalizedExposition(text), golden, { serializers: [String] });
});

test("label values are escaped, and infinite values are written as Go does", async () => {
  const labels = { path: 'C:\\new "one"\nü' };
  const description = describeSeries("up", { labels });
  const budget = new SampleBudget(10);
  const series = new Series(
    description,
    { timeMs: NOW_MS, value: Number.NEGATIVE_INFINITY },
    budget,
  );
  const { registry } = createMetrics({
    series: () => [series],
    statuses: new Statuses(1000),
    backlog: () => 0,
    setAside: () => 0,
    now: () => NOW_MS,
    activeHoldMs: 0,
  });
  const line = (await registry.metrics())
    .split("\n")
    .find((one) => one.startsWith("outliers_value{"));
  assert.equal(line, String.raw`outliers_value{series="up",path="C:\\new \"one\"\nü"} -Inf`);
});

test("an event of a query with a long interval doesn't end before its next sample", async () => {
  const statuses = new Statuses(1000);
  const intervalMs = 300_000;
  const series = new Series(
    describeSeries("slow", { intervalMs }),
    { timeMs: NOW_MS, value: 99 },
    new SampleBudget(10),
  );
  statuses.onSample(series);
  statuses.onVerdicts(series, detect(series), NOW_MS);
  let nowMs = NOW_MS;
  const { registry } = createMetrics({
    series: () => [series],
    statuses,
    backlog: () => 0,
    setAside: () => 0,
    now: () => nowMs,
    activeHoldMs: 30_000,
  });
  const active = async () => /^outliers_active\{.*\} (\d)$/m.exec(await registry.metrics())?.[1];
  nowMs += 2 * intervalMs;
  assert.equal(await active(), "1");
  nowMs += intervalMs;
  assert.equal(await active(), "0");
});
