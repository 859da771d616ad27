import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { calmWithSpike, csvOf, START } from "../support/data.ts";
import { serve } from "../support/http.ts";
import { outliers } from "../support/run.ts";

describe("outliers backtest on a file", () => {
  test("shows what each sensitivity would have detected, and the worst of it", async () => {
    const { code, stdout } = await outliers(["backtest", "-"], csvOf(calmWithSpike()));
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^500 samples, one each 1s\nfrom 2023-11-14T22:13:20Z to 2023-11-14T22:21:39Z \(8m 19s\)\n/,
    );
    const rows = [...stdout.matchAll(/^(▸| ) ([\d.]+) +(\d+) +[\d.]+ +(\d+)$/gm)];
    assert.deepEqual(
      rows.map(([, mark, sensitivity]) => `${mark} ${sensitivity}`),
      ["  0.01", "▸ 0.1", "  1", "  10"],
    );
    const outlierCounts = rows.map(([, , , , count]) => Number(count));
    assert.deepEqual(
      outlierCounts.toSorted((a, b) => a - b),
      outlierCounts,
    );
    assert.ok((outlierCounts[0] ?? 0) >= 1);
    assert.match(stdout, /\nvalue +173 .* 97 +2023-11-14T22:20:00Z\n/);
    assert.ok(stdout.split("\n").every((line) => line.length <= 80));
    assert.match(stdout, /\nFigures a day are extrapolated from 8m 20s\.\n/);
  });

  test("adds the sensitivity that is asked for to the others", async () => {
    const { stdout } = await outliers(
      ["backtest", "--sensitivity", "3", "-"],
      csvOf(calmWithSpike()),
    );
    assert.match(stdout, /\n {2}1 .*\n▸ 3 .*\n {2}10 /);
    assert.match(stdout, /With --sensitivity 3:/);
  });

  test("names series that are too short for a verdict", async () => {
    const { stdout } = await outliers(["backtest", "-"], csvOf(calmWithSpike().slice(0, 100)));
    assert.match(stdout, /\nno verdict yet on 1 of 1 series: still warming up\n/);
    const ready = await outliers(["backtest", "-"], csvOf(calmWithSpike().slice(0, 101)));
    assert.doesNotMatch(ready.stdout, /no verdict/);
  });

  test("finds the outliers and events that detect finds", async () => {
    const input = csvOf(calmWithSpike());
    const detected = await outliers(["detect", "--output", "json", "-"], input);
    const found = detected.stdout.trim().split("\n");
    const events = found.filter((line) => line.includes('"event":"begins"')).length;
    const { stdout } = await outliers(["backtest", "-"], input);
    assert.match(stdout, new RegExp(`\n▸ 0.1 +${events} +[\\d.]+ +${found.length}\n`));
  });

  test("prints a record for each series and sensitivity as JSON lines or CSV", async () => {
    const input = csvOf(calmWithSpike());
    const json = await outliers(["backtest", "--output", "json", "-"], input);
    const records = json.stdout.trim().split("\n");
    assert.equal(records.length, 4);
    assert.match(records[1] ?? "", /^\{"series":"","sensitivity":0.1,"samples":500,"outliers":\d/);
    assert.match(records[1] ?? "", /"peak_time":"2023-11-14T22:20:00Z","peak_value":97,/);
    assert.match(json.stderr, /^500 samples, one each 1s; from /);
    const csv = await outliers(["backtest", "--output", "csv", "-"], input);
    assert.match(
      csv.stdout,
      /^series,sensitivity,samples,outliers,events,events_per_day,longest_event_seconds,/,
    );
  });

  test("plots into a page that needs nothing else, and that no name can break", async () => {
    const folder = await mkdtemp(join(tmpdir(), "outliers-"));
    try {
      const file = join(folder, "plot.html");
      const evil = "</script><b>";
      const rows = calmWithSpike().map((value, at) => `${START + at},${evil},${value}`);
      const { code, stderr } = await outliers(
        ["backtest", "--series", "host", "--plot", file, "-"],
        ["time,host,value", ...rows].join("\n"),
      );
      assert.equal(code, 0);
      assert.equal(stderr, `plotted in ${file}\n`);
      const page = await readFile(file, "utf8");
      assert.ok(page.includes("&lt;/script&gt;&lt;b&gt;") && !page.includes(evil));
      assert.ok(page.includes("uPlot") && page.includes(",97,"));
      assert.doesNotMatch(page, /<link|<script src|@import|url\(/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("ends with 2 when there is no value, no place for the plot, or no source", async () => {
    const none = await outliers(["backtest", "-"], csvOf(["", "NaN"]));
    assert.match(none.stderr, /no row has a value/);
    const place = await outliers(["backtest", "--plot", "/no/such/p.html", "-"], csvOf([1, 2, 3]));
    assert.match(place.stderr, /can't write \/no\/such\/p.html: ENOENT/);
    const both = await outliers(["backtest"]);
    assert.match(both.stderr, /give either a file or --prometheus/);
    assert.deepEqual([none.code, place.code, both.code], [2, 2, 2]);
  });
});

/** A Prometheus with two series, which refuses what the real one refuses. */
function answerRange(body: string, asked: { start: number; end: number; points: number }[]) {
  const form = new URLSearchParams(body);
  const [start = 0, end = 0, step = 1] = ["start", "end", "step"].map((name) =>
    Number(form.get(name)),
  );
  const points = Math.floor((end - start) / step) + 1;
  asked.push({ start, end, points });
  if ((end - start) / step > 11_000) {
    return {
      status: 400,
      body: '{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries"}',
    };
  }
  const values = (spikeAt: number) =>
    Array.from({ length: points }, (_, at) => {
      const second = start + at * step;
      const position = (second - START) / step;
      return [
        second,
        position === spikeAt ? "97" : position === 7 ? "NaN" : String(3 + (position % 5) / 10),
      ];
    });
  const result = [
    { metric: { __name__: "outliers_value", series: "a" }, values: values(24_000) },
    { metric: { __name__: "outliers_value", series: "b" }, values: values(-1) },
  ];
  return { body: JSON.stringify({ status: "success", data: { resultType: "matrix", result } }) };
}

describe("outliers backtest on Prometheus", () => {
  const range = (url: string, points: number): string[] => [
    "backtest",
    "--prometheus",
    url,
    "--query",
    "outliers_value",
    "--step",
    "5s",
    "--start",
    String(START),
    "--end",
    String(START + 5 * (points - 1)),
  ];

  test("asks in parts that Prometheus allows, each sample once, and scores each series", async () => {
    const asked: { start: number; end: number; points: number }[] = [];
    await using server = await serve((_, body) => answerRange(body, asked));
    const { code, stdout, stderr } = await outliers(range(server.url, 25_000));
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.deepEqual(
      asked.map(({ points }) => points),
      [10_000, 10_000, 5000],
    );
    assert.ok(asked.every(({ start }, at) => at === 0 || start === (asked[at - 1]?.end ?? 0) + 5));
    assert.match(
      stdout,
      /^49,998 samples of 2 series, one each 5s\nfrom .*\n2 rows without a value skipped\n/,
    );
    assert.match(stdout, /\noutliers_value\{ .* 97 +2023-11-16T07:33:20Z\n +series="a"\}\n/);
    assert.match(stdout, /\noutliers_value\{ +0\n +series="b"\}\n/);
  });

  for (const [name, reply, message] of [
    [
      "an error of PromQL",
      {
        status: 400,
        body: '{"status":"error","errorType":"bad_data","error":"1:3: parse error: no"}',
      },
      /answered bad_data: 1:3: parse error: no\n$/,
    ],
    [
      "that it is no Prometheus",
      { status: 404, body: "<h1>nope" },
      /answered HTTP 404 with something other than the result of a range query: "<h1>nope"/,
    ],
    [
      "no data",
      { body: '{"status":"success","data":{"resultType":"matrix","result":[]}}' },
      /has no data for outliers_value in that time/,
    ],
  ] as const) {
    test(`shows ${name}, and ends with 2`, async () => {
      await using server = await serve(() => reply);
      const { code, stdout, stderr } = await outliers(range(server.url, 10));
      assert.match(stderr, message);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    });
  }

  test("shows that Prometheus is away, and ends with 2", async () => {
    const { code, stderr } = await outliers(range("http://127.0.0.1:1", 10));
    assert.equal(code, 2);
    assert.match(stderr, /^outliers: Prometheus at http:\/\/127.0.0.1:1 can't be reached: .+\n$/);
  });
});
