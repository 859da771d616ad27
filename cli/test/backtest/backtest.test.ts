import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { calmWithSpike, csvOf, START } from "../support/data.ts";
import { serve } from "../support/http.ts";
import { outliers } from "../support/run.ts";

describe("outliers backtest on a file", () => {
  test("tells what each sensitivity would have flagged, and the worst of it", async () => {
    const { code, stdout } = await outliers(["backtest", "-"], csvOf(calmWithSpike()));
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^500 samples, one each 1s, from 2023-11-14T22:13:20Z to 2023-11-14T22:21:39Z/,
    );
    const rows = [...stdout.matchAll(/│ +(▸ )?([\d.]+) │ +(\d+) │ +[\d.]+ │ +(\d+) │/g)];
    assert.deepEqual(
      rows.map(([, mark, sensitivity]) => [mark, sensitivity]),
      [
        [undefined, "0.01"],
        ["▸ ", "0.1"],
        [undefined, "1"],
        [undefined, "10"],
      ],
    );
    const flags = rows.map(([, , , count]) => Number(count));
    assert.deepEqual(
      flags.toSorted((a, b) => a - b),
      flags,
    );
    assert.ok((flags[0] ?? 0) >= 1);
    assert.match(stdout, /\(97 at 2023-11-14T22:20:00Z\)/);
    assert.match(stdout, /\nFigures a day are extrapolated from 8m 20s\.\n/);
  });

  test("adds the sensitivity that is asked for to the others", async () => {
    const { stdout } = await outliers(
      ["backtest", "--sensitivity", "3", "-"],
      csvOf(calmWithSpike()),
    );
    assert.match(stdout, /│ +1 │[^\n]*\n│ +▸ 3 │[^\n]*\n│ +10 │/);
    assert.match(stdout, /With --sensitivity 3:/);
  });

  test("tells of what is too short to judge", async () => {
    const { stdout } = await outliers(["backtest", "-"], csvOf(calmWithSpike().slice(0, 100)));
    assert.match(stdout, /\nnot judged: 1 of 1 series, as the first 100 samples of each are/);
    const judged = await outliers(["backtest", "-"], csvOf(calmWithSpike().slice(0, 101)));
    assert.doesNotMatch(judged.stdout, /not judged/);
  });

  test("flags what detect flags", async () => {
    const input = csvOf(calmWithSpike());
    const detected = await outliers(["detect", "--output", "json", "-"], input);
    const flags = detected.stdout.trim().split("\n").length;
    const { stdout } = await outliers(["backtest", "-"], input);
    assert.match(stdout, new RegExp(`▸ 0.1 │ +${flags} │`));
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

  test("ends with 2 when there is no value, no place for the plot, or nothing to read", async () => {
    const none = await outliers(["backtest", "-"], "time,value\n1,\n2,NaN\n");
    assert.match(none.stderr, /no row has a value/);
    const place = await outliers(["backtest", "--plot", "/no/such/p.html", "-"], csvOf([1, 2, 3]));
    assert.match(place.stderr, /can't write \/no\/such\/p.html: ENOENT/);
    const both = await outliers(["backtest"]);
    assert.match(both.stderr, /give either a CSV file or --prometheus/);
    assert.deepEqual([none.code, place.code, both.code], [2, 2, 2]);
  });
});

/** A Prometheus that holds two series, and refuses what the real one refuses. */
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

  test("asks in parts that Prometheus allows, each point once, and judges each series", async () => {
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
      /^49,998 samples of 2 series, one each 5s.*; 2 rows without a value skipped/,
    );
    assert.match(stdout, /outliers_value\{series="a"\}.*\(97 at 2023-11-16T07:33:20Z\)/);
    assert.match(stdout, /outliers_value\{series="b"\} │ +0 │ +0 │ +│ +│/);
  });

  for (const [name, reply, message] of [
    [
      "an error of PromQL",
      {
        status: 400,
        body: '{"status":"error","errorType":"bad_data","error":"1:3: parse error: no"}',
      },
      /says bad_data: 1:3: parse error: no\n$/,
    ],
    [
      "what is no Prometheus",
      { status: 404, body: "<h1>nope" },
      /answers HTTP 404 with what is no result of a range query: "<h1>nope"/,
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
