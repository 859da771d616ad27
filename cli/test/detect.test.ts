import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parseConfig } from "@outliers/collector/config";
import { MIN_SAMPLES, WINDOW } from "../src/detection/windows.ts";
import { calmWithSpike, csvOf, START } from "./support/data.ts";
import { outliers } from "./support/run.ts";

const calm = csvOf(calmWithSpike(400));
const spiky = csvOf(calmWithSpike());

describe("outliers detect", () => {
  test("prints outliers as JSON lines, and ends with 0", async () => {
    const { code, stdout, stderr } = await outliers(["detect", "--output", "json", "-"], spiky);
    assert.equal(code, 0);
    const [first] = stdout.split("\n");
    const record: unknown = JSON.parse(first ?? "");
    assert.ok(typeof record === "object" && record !== null);
    assert.deepEqual(Object.keys(record), [
      "time",
      "value",
      "score",
      "expected",
      "lower",
      "upper",
      "direction",
      "event",
      "reason",
    ]);
    assert.match(first ?? "", /"time":"2023-11-14T22:20:00Z","value":97,/);
    assert.match(first ?? "", /"direction":"up","event":"begins","reason":"\w/);
    assert.match(stderr, /^\d+ outliers?, 1 event, in 500 samples, one each 1s\n$/);
  });

  test("prints nothing when there are no outliers, and ends with 1", async () => {
    const { code, stdout, stderr } = await outliers(["detect", "-"], calm);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(stderr, "0 outliers in 400 samples, one each 1s\n");
  });

  for (const [method, warmUp] of [
    ["adaptive", 100],
    ["mad", 29],
  ] as const) {
    test(`counts series that are too short for a verdict of ${method}`, async () => {
      const rows = Array.from({ length: warmUp + 1 }, (_, at) => `${START + at},long,1`);
      const short = rows.slice(1).map((row) => row.replace("long", "short"));
      const input = ["time,host,value", ...rows, ...short].join("\n");
      const { stderr } = await outliers(
        ["detect", "--series", "host", "--method", method, "-"],
        input,
      );
      assert.match(stderr, /; no verdict yet on 1 of 2 series: still warming up\n$/);
    });
  }

  test("is CSV that others can read when it is not on a terminal", async () => {
    const { stdout } = await outliers(["detect", "-"], spiky);
    const [head, row] = stdout.split("\n");
    assert.equal(head, "time,value,score,expected,lower,upper,direction,event,reason");
    assert.match(row ?? "", /^2023-11-14T22:20:00Z,97,[\d.]+,[\d.]+,[\d.]+,[\d.]+,up,begins,\w/);
  });

  test("has colours on a terminal only, and none with NO_COLOR", async () => {
    const args = ["detect", "--output", "table", "-"];
    const isColoured = async (env: Record<string, string>, isTTY: boolean) =>
      (await outliers(args, spiky, env, { isTTY })).stdout.includes("\u001b");
    assert.equal(await isColoured({}, true), true);
    assert.equal(await isColoured({}, false), false);
    assert.equal(await isColoured({ NO_COLOR: "1" }, true), false);
  });

  test("reads the columns that are named, and scores each series on its own", async () => {
    const rows = calmWithSpike().flatMap((value, at) => [
      `${1_700_000_000 + at},a,${value}`,
      `${1_700_000_000 + at},b,97`,
    ]);
    const input = ["when,host,load", ...rows].join("\n");
    const names = ["--time", "when", "--value", "load", "--series", "host"];
    const { code, stdout, stderr } = await outliers(["detect", ...names, "-"], input);
    assert.equal(code, 0);
    assert.match(stdout, /^time,series,value.*\n2023-11-14T22:20:00Z,a,97,/);
    assert.ok(!stdout.includes(",b,"));
    assert.match(stderr, /in 1,000 samples of 2 series, one each 1s/);
  });

  test("takes a name in other capitals for the column, where there is none that is the same", async () => {
    const rows = calmWithSpike().map((value, at) => `${1_700_000_000 + at},3,${value}`);
    const shouted = ["Timestamp,Load,VALUE", ...rows].join("\n");
    const both = ["time,Value,value", ...rows].join("\n");
    for (const input of [shouted, both]) {
      const { stdout } = await outliers(["detect", "-"], input);
      assert.match(stdout, /\n2023-11-14T22:20:00Z,97,/);
    }
  });

  test("skips rows without a value, and counts them", async () => {
    const gaps = csvOf(
      calmWithSpike().map((value, at) =>
        at % 50 === 7 ? (["", "NaN", "null", "N/A"][(at / 50) & 3] ?? "") : value,
      ),
    );
    const { code, stderr } = await outliers(["detect", "-"], gaps);
    assert.equal(code, 0);
    assert.match(stderr, /in 490 samples, one each 1s; 10 rows without a value skipped/);
  });

  test("takes the interval from the data, unless it is given", async () => {
    const input = csvOf(calmWithSpike(), 300);
    assert.match((await outliers(["detect", "-"], input)).stderr, /one each 5m/);
    assert.match(
      (await outliers(["detect", "--interval", "1s", "-"], input)).stderr,
      /one each 1s/,
    );
  });

  test("finds with sigma and mad what lies far from its window", async () => {
    for (const method of ["sigma", "mad"]) {
      const args = ["detect", "--method", method, "--threshold", "8", "-"];
      const { stdout } = await outliers(args, spiky);
      assert.match(stdout, /\n2023-11-14T22:20:00Z,97,.* from the window's (mean|median)\n$/);
    }
  });

  test("takes --direction and --min-deviation as the collector does", async () => {
    for (const args of [
      ["--direction", "down"],
      ["--min-deviation", "95"],
    ]) {
      const { stdout } = await outliers(["detect", ...args, "-"], spiky);
      assert.ok(!stdout.includes(",97,"));
    }
  });

  test("has the collector's defaults", async () => {
    const config = parseConfig({});
    const { stdout } = await outliers(["detect", "--help"]);
    const help = stdout.replace(/\s+/g, " ");
    assert.ok(help.includes(`adaptive, sigma, mad (default: "${config.METHOD}")`));
    assert.ok(help.includes(`series and day (default: ${config.SENSITIVITY})`));
    assert.ok(help.includes(`up or down (default: "${config.DIRECTION}")`));
    assert.ok(help.includes(`its default (default: ${config.THRESHOLD})`));
    assert.deepEqual([WINDOW, MIN_SAMPLES], [config.WINDOW, config.MIN_SAMPLES]);
  });

  test("has tables that fit a terminal of 80 columns, and use the room of a wider one", async () => {
    const name = `host-${"x".repeat(60)}-7`;
    const rows = calmWithSpike().map((value, at) => `${START + at},${name},${value}`);
    const input = ["time,host,value", ...rows].join("\n");
    const args = ["detect", "--output", "table", "--series", "host", "-"];
    for (const columns of [80, 160]) {
      const { stdout } = await outliers(args, input, {}, { columns });
      assert.ok(
        stdout.split("\n").every(({ length }) => length <= columns),
        stdout,
      );
      assert.match(
        stdout,
        /\n2023-11-14T22:20:00Z {2}host-xxxx…xxxxxx-7 +97 +[\d.]+ … [\d.]+ +[\d.]+/,
      );
      assert.equal(/\n {2}\w/.test(stdout), columns === 80, "the reason is on a line of its own");
    }
  });

  test("takes labels from several columns", async () => {
    const rows = calmWithSpike().flatMap((value, at) => [
      `${START + at},a,sda,3`,
      `${START + at},a,"sd""b",${value}`,
    ]);
    const input = ["time,host,disk,value", ...rows].join("\n");
    for (const names of [
      ["--series", "host", "--series", "disk"],
      ["--series", "host,disk"],
    ]) {
      const { stdout, stderr } = await outliers(
        ["detect", "--output", "json", ...names, "-"],
        input,
      );
      const record: unknown = JSON.parse(stdout.split("\n")[0] ?? "");
      assert.ok(typeof record === "object" && record !== null && "series" in record);
      assert.equal(record.series, '{host="a",disk="sd\\"b"}');
      assert.match(stderr, /in 1,000 samples of 2 series/);
    }
  });
});

describe("outliers detect ends with 2, and says in one line", () => {
  const rows = (...lines: string[]): string => ["time,value", ...lines].join("\n");
  const cases: readonly [name: string, input: string | Buffer, message: RegExp][] = [
    ["that the input is empty", "", /stdin: it is empty: expected a header row/],
    ["that there are no rows", "time,value\n", /it has a header row, and no rows after it/],
    ["that it is binary", gzipSync(spiky), /byte \d+ is 0: this is not CSV but a binary file/],
    [
      "which columns there are",
      "date,cpu\n1,2\n",
      /line 1: no column "timestamp" or "time"; there are "date", "cpu"/,
    ],
    [
      "which line has no number",
      rows(`${START},2`, `${START + 1},high`),
      /line 3: "high" in column "value" is not a finite number/,
    ],
    [
      "which line has one that is too large",
      rows(`${START},1e999`),
      /line 2: "1e999" in column "value" is not a finite/,
    ],
    [
      "which line has no time",
      rows(`${START},2`, "soon,3"),
      /line 3: "soon" in column "time" is not a time: expected RFC 3339/,
    ],
    ["which line is too short", rows(`${START},2`, "3"), /line 3: 1 column, but the header has 2/],
    [
      "which line is too long",
      rows(`${START},2`, `${START + 1},9,744`),
      /line 3: 3 columns, but the header has 2: a number with a comma has to be in quotes/,
    ],
    [
      "that the rows are not sorted",
      rows(`${START + 2},2`, `${START + 1},3`, `${START},3`),
      /line 3: the time 2023-11-14T22:13:21Z is before the 2023-11-14T22:13:22Z of line 2, and most/,
    ],
    [
      "that rows are of several series",
      rows(`${START},2`, "", `${START},3`),
      /line 4: the time repeats the 2023-11-14T22:13:20Z of line 2, as most do: .*--series/,
    ],
    [
      "that the delimiter is another",
      "timestamp:value\n1:2\n",
      /line 1: no column "timestamp" or "time"; there is only "timestamp:value": is "," the delimiter/,
    ],
    ["that a line has no end", "a".repeat(3 << 20), /over 1048576 bytes in one row: is this CSV/],
    ["that it is UTF-32", Buffer.from("fffe0000740000006900", "hex"), /UTF-32: expected UTF-8 or/],
    ["that it is other JSON", '{"status":"ok"}', /it is JSON, but not the response to a range/],
    ["that JSON is cut off", '{"status":', /it looks like JSON, and is not: /],
    [
      "what Prometheus answered",
      '{"status":"error","errorType":"timeout","error":"slow"}',
      /Prometheus answered timeout: slow/,
    ],
    ["where a quote is open", rows(`${START},2`, '"3,4', "5,6"), /line \d: .*quote/i],
  ];
  for (const [name, input, message] of cases) {
    test(name, async () => {
      const { code, stdout, stderr } = await outliers(["detect", "-"], input);
      assert.match(stderr, message);
      assert.match(stderr, /^outliers: [^\n]+\n$/);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    });
  }

  test("what is wrong, without waiting for the end of stdin", async () => {
    for (const bytes of [Buffer.from("a,b\n1,2\n"), Buffer.from("fffe0000", "hex")]) {
      const stdin = new Readable({ read() {} });
      stdin.push(bytes);
      const { code } = await outliers(["detect", "-"], stdin);
      assert.deepEqual([code, stdin.destroyed], [2, true]);
    }
  });

  test("that a file is not there, or a folder", async () => {
    assert.match(
      (await outliers(["detect", "/no/such.csv"])).stderr,
      /^outliers: \/no\/such.csv: can't be read: ENOENT/,
    );
    const { code, stderr } = await outliers(["detect", "/tmp"]);
    assert.equal(code, 2);
    assert.match(stderr, /^outliers: \/tmp: can't be read: it is a folder\n$/);
  });

  test("that there are too many series for one column's names", async () => {
    const lines = Array.from({ length: 1200 }, (_, at) => `${START + at},${at}`);
    const { code, stderr } = await outliers(["detect", "--series", "value", "-"], rows(...lines));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /line 1002: more than 1000 series: is --series the column that names them/,
    );
  });

  for (const [args, message] of [
    [["--sensitivity", "0"], /expected a number above 0, up to 1000/],
    [["--method", "magic"], /expected one of adaptive, sigma, mad/],
    [["--interval", "5"], /expected a duration with its unit/],
    [["--threshold", "3"], /--threshold is for sigma and mad/],
    [["--address", "http://localhost:9999"], /expected a host and port, or a gRPC target/],
    [["--address", "nonsense"], /expected a host and port, or a gRPC target/],
    [["--decimal", ";"], /expected one of \., ,/],
    [["--delimiter", "ab"], /expected one character, or tab/],
    [["--timezone", "Mars/Phobos"], /expected a time zone such as UTC or Europe\/Berlin/],
    [["--wat"], /unknown option '--wat'/],
  ] as const) {
    test(`what is wrong with ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await outliers(["detect", ...args, "-"], calm);
      assert.match(stderr, message);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    });
  }
});
