import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startDetector } from "@outliers/testing/detector";
import { METRICS } from "./support/collector.ts";
import { serve } from "./support/http.ts";
import { outliers } from "./support/run.ts";

type Scraped = {
  /** Of the only target; without it there is none. */
  health?: string;
  /** The results of queries, by a part of the query. */
  results?: Record<string, readonly Record<string, string>[]>;
};

const WELL = { outliers_value: [{ series: "load1" }], detector_build_info: [{ version: "1" }] };

/** A Prometheus with one target, and some results. */
const prometheus = ({ health, results = WELL }: Scraped) =>
  serve(({ url = "" }) => {
    const target = {
      scrapePool: "collector",
      scrapeUrl: "http://collector:9464/metrics",
      health,
      lastError: "no such host",
    };
    const asked = Object.entries(results).find(([query]) => url.includes(query));
    const data = url.startsWith("/api/v1/targets")
      ? { activeTargets: health === undefined ? [] : [target] }
      : { result: (asked?.[1] ?? []).map((metric) => ({ metric })) };
    return { body: JSON.stringify({ status: "success", data }) };
  });

const check = (collector: { url: string }, server: { url: string }) =>
  outliers(["check", "--collector", collector.url, "--prometheus", server.url]);

describe("outliers check", () => {
  test("ends with 0 when all is well, and tells of what warms up", async () => {
    await using collector = await serve(() => ({ body: METRICS }));
    await using server = await prometheus({ health: "up" });
    await using detector = await startDetector();
    const { code, stdout } = await outliers([
      "check",
      "--collector",
      collector.url,
      "--prometheus",
      server.url,
      "--detector",
      `127.0.0.1:${detector.port}`,
    ]);
    assert.doesNotMatch(stdout, /PROBLEM/);
    assert.match(stdout, /ok .*the collector at .* answers: 2,000 samples so far/);
    assert.match(stdout, /note .*1 of 2 series are warming up.*\n +→ wait/);
    assert.match(stdout, /ok .*the detector at 127.0.0.1:\d+ is serving/);
    assert.match(stdout, /ok .*Prometheus at .* answers, and reaches 1 target/);
    assert.equal(code, 0);
  });

  for (const [name, from, to, message] of [
    [
      "detection fails",
      "collector_detector_up 1",
      "collector_detector_up 0",
      /PROBLEM.*detection fails.*\n +→ see whether the detector runs/,
    ],
    ["samples wait", "backlog_samples 2", "backlog_samples 5000", /PROBLEM.*5,000 samples wait/],
    [
      "ticks are missed",
      "missed_ticks_total 0",
      "missed_ticks_total 500",
      /PROBLEM.*500 sampling times passed without a sample \(33.3 %\)/,
    ],
    [
      "samples are given up",
      "dropped_samples_total 0",
      "dropped_samples_total 9",
      /PROBLEM.*9 samples were given up/,
    ],
    [
      "a source can't be read",
      '{source="cpu"} 1',
      '{source="cpu"} 0',
      /PROBLEM.*can't read its source cpu/,
    ],
  ] as const) {
    test(`ends with 1 when ${name}, and says what to do`, async () => {
      await using collector = await serve(() => ({ body: METRICS.replace(from, to) }));
      const { code, stdout } = await outliers([
        "check",
        "--no-prometheus",
        "--collector",
        collector.url,
      ]);
      assert.match(stdout, message);
      assert.equal(code, 1);
    });
  }

  test("ends with 1 when something is away, and names it", async () => {
    const away = "127.0.0.1:1";
    const { code, stdout } = await outliers([
      "check",
      "--collector",
      away,
      "--detector",
      away,
      "--prometheus",
      away,
    ]);
    assert.equal(stdout.match(/^PROBLEM/gm)?.length, 3);
    assert.match(stdout, /the collector can't be asked/);
    assert.match(stdout, /no detector answers at 127.0.0.1:1/);
    assert.match(stdout, /Prometheus can't be asked at http:\/\/127.0.0.1:1/);
    assert.equal(code, 1);
  });

  test("names a target that Prometheus can't scrape", async () => {
    await using collector = await serve(() => ({ body: METRICS }));
    await using server = await prometheus({ health: "down" });
    const { code, stdout } = await check(collector, server);
    assert.match(
      stdout,
      /PROBLEM.*can't scrape http:\/\/collector:9464\/metrics \(job collector\): no such host/,
    );
    assert.equal(code, 1);
  });

  for (const [name, scraped, message] of [
    ["scrapes nothing", {}, /PROBLEM.*answers, but scrapes nothing\n +→ give it the targets/],
    [
      "has no collector",
      { health: "up", results: { ...WELL, outliers_value: [] } },
      /PROBLEM.*has no outliers_value\n +→ have it scrape the collector/,
    ],
    [
      "has no detector",
      { health: "up", results: { ...WELL, detector_build_info: [] } },
      /PROBLEM.*has no detector_build_info\n +→ have it scrape the detector/,
    ],
  ] as const) {
    test(`ends with 1 when Prometheus ${name}`, async () => {
      await using collector = await serve(() => ({ body: METRICS }));
      await using server = await prometheus(scraped);
      const { code, stdout } = await check(collector, server);
      assert.match(stdout, message);
      assert.equal(code, 1);
    });
  }

  test("tells of alerts that are firing, which are no fault of the deployment", async () => {
    const alert = { alertname: "SeriesOutlier", instance: "host-1:9464", series: "load1" };
    await using collector = await serve(() => ({ body: METRICS }));
    await using server = await prometheus({ health: "up", results: { ...WELL, ALERTS: [alert] } });
    const { code, stdout } = await check(collector, server);
    assert.match(stdout, /note .*the alert SeriesOutlier is firing host-1:9464 load1/);
    assert.equal(code, 0);
  });

  test("does not call it a failure that nothing was sent for detection yet", async () => {
    const fresh = METRICS.replace(/collector_detect_requests_total.*\n/, "").replace(
      "collector_detector_up 1",
      "collector_detector_up 0",
    );
    await using collector = await serve(() => ({ body: fresh }));
    const { code, stdout } = await outliers([
      "check",
      "--no-prometheus",
      "--collector",
      collector.url,
    ]);
    assert.match(stdout, /note .*nothing was sent for detection yet/);
    assert.equal(code, 0);
  });

  test("ends with 2 for arguments that it can't use", async () => {
    assert.equal((await outliers(["check", "--collector", "http://"])).code, 2);
    assert.equal((await outliers(["check", "now"])).code, 2);
    assert.equal((await outliers([])).code, 2);
  });
});

test("each command has help with examples", async () => {
  for (const command of ["detect", "backtest", "watch", "check"]) {
    const { code, stdout } = await outliers([command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Examples:\\n  outliers ${command}`));
  }
});
