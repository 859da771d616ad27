import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { temporaryFolder } from "@outliers/testing/certificates";
import { startDetector } from "@outliers/testing/detector";
import { METRICS, METRICS_OF_0_1 } from "./support/collector.ts";
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
  test("ends with 0 when all is well, and notes what warms up", async () => {
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
    assert.match(stdout, /ok .*Prometheus at .* answers, and scrapes 1 target/);
    assert.equal(code, 0);
  });

  test("checks a file of queries, and says where each error is", async () => {
    await using collector = await serve(() => ({ body: METRICS }));
    using folder = temporaryFolder();
    const checkFile = (yaml: string) =>
      outliers([
        "check",
        "--no-prometheus",
        "--collector",
        collector.url,
        "--queries",
        folder.write("queries.yml", yaml),
      ]);
    const valid = await checkFile("url: http://localhost\nqueries: [{ name: a, expr: up }]\n");
    assert.match(valid.stdout, /ok .*queries.yml is valid: 1 query for the Prometheus at http/);
    const wrong = await checkFile("queries:\n  - name: a\n    interval: 5\n");
    assert.match(
      wrong.stdout,
      /PROBLEM .*queries.yml:3:5: queries\[0\].interval: 5: expected a duration/,
    );
    assert.equal(wrong.code, 1);
  });

  test("finds what is no PromQL in a file of queries, unless the server knows more", async () => {
    using folder = temporaryFolder();
    const args = ["check", "--dry-run", "--no-prometheus", "--queries"];
    const checkFile = (yaml: string) => outliers([...args, folder.write("queries.yml", yaml)]);
    const yaml =
      "queries:\n  - { name: a, expr: 'sum(up' }\n  - { name: b, expr: 'up default 0' }\n";
    const wrong = await checkFile(`url: http://127.0.0.1:1\n${yaml}`);
    assert.match(wrong.stdout, /PROBLEM .*queries.yml:3:29: queries\[0\].expr: expected PromQL/);
    assert.match(
      wrong.stdout,
      /PROBLEM .*queries.yml:4:26: .*expected PromQL: unexpected "default"/,
    );
    assert.equal(wrong.code, 1);
    const any = await checkFile(`url: http://127.0.0.1:1\nsyntax: any\n${yaml}`);
    assert.match(any.stdout, /^ok .*queries.yml is valid: 2 queries for .*\n$/);
    assert.equal(any.code, 0);
  });

  test("evaluates each query once, and says how many series it has", async () => {
    const results: Record<string, object[]> = {
      many: Array.from({ length: 3 }, (_, at) => ({
        metric: { at: String(at) },
        values: [[0, "1"]],
      })),
      groups: ["a", "a", "a", "a", "b"].map((job, at) => ({
        metric: { job, at: String(at) },
        values: [[0, "1"]],
      })),
      none: [],
    };
    await using server = await serve(({ method, url = "" }) => {
      // All of them ask again by GET, though they find out at the same time.
      if (method === "POST") return { status: 405, body: "" };
      const { pathname, searchParams } = new URL(url, "http://prometheus");
      assert.equal(pathname, "/api/v1/query_range");
      const expr = searchParams.get("query") ?? "";
      const result = results[expr];
      return result
        ? { body: JSON.stringify({ status: "success", data: { resultType: "matrix", result } }) }
        : {
            status: 400,
            body: '{"status":"error","errorType":"bad_data","error":"expected a range vector"}',
          };
    });
    using folder = temporaryFolder();
    const file = folder.write(
      "queries.yml",
      `url: http://prometheus.invalid
queries:
  - { name: some, expr: many, interval: 15s }
  - { name: too_many, expr: many, limit: 2 }
  - { name: empty, expr: none }
  - { name: judged, expr: groups, peers: { by: [job] } }
  - { name: alone, expr: many, peers: {} }
  - { name: misspelt, expr: groups, peers: { by: [jobs, at] } }
  - { name: wrong, expr: rate(up) }
`,
    );
    const args = ["check", "--dry-run", "--queries", file];
    const { stdout, code } = await outliers([...args, "--prometheus", server.url]);
    assert.match(
      stdout,
      new RegExp(
        [
          "^ok +\\S+ is valid: 7 queries for the Prometheus at http://prometheus.invalid",
          "ok +some: 3 series in \\d+ ms",
          "note +too_many: 3 series in \\d+ ms, of which 2 are watched",
          " +→ .*",
          "note +empty: 0 series in \\d+ ms",
          " +→ .*",
          "ok +judged: 5 series in \\d+ ms",
          "note +judged: no verdicts for 1 of 5 series: fewer than 3 peers",
          " +→ .*",
          "ok +alone: 3 series in \\d+ ms",
          "note +alone: no verdicts for 3 of 3 series: fewer than 3 peers",
          " +→ .*",
          "ok +misspelt: 5 series in \\d+ ms",
          "note +misspelt: no series has the label jobs of peers",
          " +→ .*",
          "note +misspelt: no verdicts for 5 of 5 series: fewer than 3 peers",
          " +→ .*",
          "PROBLEM +wrong: HTTP 400: bad_data: expected a range vector",
          " +→ see its expr: rate\\(up\\)",
          "$",
        ].join("\n"),
      ),
    );
    assert.equal(code, 1);
    const away = await outliers([...args, "--prometheus", "http://127.0.0.1:1"]);
    assert.match(
      away.stdout,
      /\nPROBLEM {2}no query could be evaluated at http:\/\/127.0.0.1:1: .*ECONNREFUSED.*\n.*\n$/,
    );
    assert.equal((await outliers(["check", "--dry-run"])).code, 2);
  });

  for (const [name, from, to, message] of [
    [
      "detection fails",
      "collector_detector_up 1",
      "collector_detector_up 0",
      /PROBLEM.*detection fails.*\n +→ check that the detector runs/,
    ],
    [
      "samples wait",
      "backlog_samples 2",
      "backlog_samples 5000",
      /PROBLEM.*backlog of 5,000 samples/,
    ],
    [
      "ticks are missed",
      "missed_ticks_total 0",
      "missed_ticks_total 500",
      /PROBLEM.*500 sampling times passed without a sample \(33.3 %\)/,
    ],
    [
      "samples are dropped",
      "dropped_samples_total 0",
      "dropped_samples_total 9",
      /PROBLEM.*9 samples were dropped/,
    ],
    [
      "a source can't be read",
      '{source="cpu"} 1',
      '{source="cpu"} 0',
      /PROBLEM.*can't read its source cpu/,
    ],
    [
      "a series is refused",
      "series_set_aside 0",
      "series_set_aside 2",
      /PROBLEM.*the detector refuses 2 series/,
    ],
    [
      "a source has no new samples",
      /(last_sample_timestamp_seconds\{source="cpu"\}) .*/,
      "$1 1700000000",
      /PROBLEM.*the last sample of the source cpu is \d+d .*old: one is due every 1s/,
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
    assert.match(stdout, /the collector can't be reached/);
    assert.match(stdout, /no detector answers at 127.0.0.1:1/);
    assert.match(stdout, /Prometheus at http:\/\/127.0.0.1:1 can't be queried/);
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
    ["scrapes nothing", {}, /PROBLEM.*answers, but scrapes nothing\n +→ configure the targets/],
    [
      "has no collector",
      { health: "up", results: { ...WELL, outliers_value: [] } },
      /PROBLEM.*has no outliers_value\n +→ configure it to scrape the collector/,
    ],
    [
      "has no detector",
      { health: "up", results: { ...WELL, detector_build_info: [] } },
      /PROBLEM.*has no detector_build_info\n +→ configure it to scrape the detector/,
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

  test("notes alerts that are firing, which are no fault of the deployment", async () => {
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
    assert.match(stdout, /note .*no samples were sent to the detector yet/);
    assert.equal(code, 0);
  });

  test("ends with 2 for arguments that it can't use", async () => {
    assert.equal((await outliers(["check", "--collector", "http://"])).code, 2);
    assert.equal((await outliers(["check", "now"])).code, 2);
    const secret = await outliers(["check", "--prometheus", "http://u:secret@host:99999"]);
    assert.equal(
      secret.stderr,
      'outliers: --prometheus "http://***@host:99999": expected a URL such as http://localhost:9090\n',
    );
  });

  test("understands a collector of 0.1, and rejected readings", async () => {
    await using old = await serve(() => ({ body: METRICS_OF_0_1 }));
    const args = ["check", "--no-prometheus", "--collector"];
    const { code, stdout } = await outliers([...args, old.url]);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /PROBLEM|undefined|NaN/);
    const body = METRICS.replace(/(rejected_readings_total.*) 0/, "$1 4");
    await using rejecting = await serve(() => ({ body }));
    const noted = await outliers([...args, rejecting.url]);
    assert.match(noted.stdout, /note .*4 readings of the source cpu were rejected/);
    assert.equal(noted.code, 0);
  });

  test("prints findings as JSON lines or CSV", async () => {
    const args = ["check", "--no-prometheus", "--collector", "127.0.0.1:1"];
    const json = await outliers([...args, "--output", "json"]);
    assert.match(
      json.stdout,
      /^\{"level":"problem","text":"the collector can't be .*","todo":".*"\}\n/,
    );
    const csv = await outliers([...args, "--output", "csv"]);
    assert.match(csv.stdout, /^level,text,todo\nproblem,/);
    assert.deepEqual([json.code, csv.code], [1, 1]);
  });

  test("queries Prometheus with credentials", async () => {
    await using collector = await serve(() => ({ body: METRICS }));
    const asked = new Set<string | undefined>();
    await using server = await serve(({ headers }) => {
      asked.add(headers.authorization);
      return { status: headers.authorization === "Bearer t" ? 500 : 401, body: "" };
    });
    const args = ["check", "--collector", collector.url, "--prometheus", server.url];
    const without = await outliers(args);
    assert.match(without.stdout, /can't be queried: HTTP 401: give --user or --bearer-token/);
    const withToken = await outliers([...args, "--bearer-token", "t"]);
    assert.match(withToken.stdout, /can't be queried: HTTP 500/);
    assert.deepEqual([...asked], [undefined, "Bearer t"]);
  });
});
