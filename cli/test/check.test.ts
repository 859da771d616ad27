import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startDetector } from "../../detector/test/support/detector.ts";
import { METRICS } from "./support/collector.ts";
import { serve } from "./support/http.ts";
import { outliers } from "./support/run.ts";

const targets = (health: string): string =>
  JSON.stringify({
    status: "success",
    data: {
      activeTargets: [
        {
          scrapePool: "collector",
          scrapeUrl: "http://collector:9464/metrics",
          health,
          lastError: "no such host",
        },
      ],
    },
  });
const prometheus = (health: string) =>
  serve(({ url }) => ({
    body: url?.startsWith("/api/v1/targets")
      ? targets(health)
      : '{"status":"success","data":{"result":[{"metric":{}}]}}',
  }));

describe("outliers check", () => {
  test("ends with 0 when all is well, and tells of what warms up", async () => {
    await using collector = await serve(() => ({ body: METRICS }));
    await using server = await prometheus("up");
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
    await using server = await prometheus("down");
    const { code, stdout } = await outliers([
      "check",
      "--collector",
      collector.url,
      "--prometheus",
      server.url,
    ]);
    assert.match(
      stdout,
      /PROBLEM.*can't scrape http:\/\/collector:9464\/metrics \(job collector\): no such host/,
    );
    assert.equal(code, 1);
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
