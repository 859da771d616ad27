import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parseConfig } from "@outliers/collector/config";
import { MIN_SAMPLES, WINDOW } from "../src/judge/windows.ts";
import { calmWithSpike, csvOf, START } from "./support/data.ts";
import { MAIN, outliers } from "./support/run.ts";

const calm = csvOf(calmWithSpike(400));
const spiky = csvOf(calmWithSpike());

describe("outliers detect", () => {
  test("prints what it flags as JSON lines, and ends with 0", async () => {
    const { code, stdout, stderr } = await outliers(["detect", "--output", "json", "-"], spiky);
    assert.equal(code, 0);
    const [first] = stdout.split("\n");
    const flag: unknown = JSON.parse(first ?? "");
    assert.ok(typeof flag === "object" && flag !== null);
    assert.deepEqual(Object.keys(flag), [
      "time",
      "value",
      "score",
      "expected",
      "lower",
      "upper",
      "direction",
      "reason",
    ]);
    assert.match(first ?? "", /"time":"2023-11-14T22:20:00Z","value":97,/);
    assert.match(first ?? "", /"direction":"up","reason":"higher than what is known/);
    assert.match(stderr, /in 500 samples, one each 1s\n$/);
  });

  test("prints nothing when nothing is flagged, and ends with 1", async () => {
    const { code, stdout, stderr } = await outliers(["detect", "-"], calm);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(stderr, "0 outliers in 400 samples, one each 1s\n");
  });

  for (const [method, warmUp] of [
    ["adaptive", 100],
    ["mad", 29],
  ] as const) {
    test(`tell of series that are too short for ${method} to judge`, async () => {
      const rows = Array.from({ length: warmUp + 1 }, (_, at) => `${START + at},long,1`);
      const short = rows.slice(1).map((row) => row.replace("long", "short"));
      const input = ["time,host,value", ...rows, ...short].join("\n");
      const { stderr } = await outliers(
        ["detect", "--series", "host", "--method", method, "-"],
        input,
      );
      const told = `not judged: 1 of 2 series, as the first ${warmUp} samples of each are its warm-up`;
      assert.ok(stderr.endsWith(`; ${told}\n`), stderr);
    });
  }

  test("is CSV that others can read when it is not on a terminal", async () => {
    const { stdout } = await outliers(["detect", "-"], spiky);
    const [head, row] = stdout.split("\n");
    assert.equal(head, "time,value,score,expected,lower,upper,direction,reason");
    assert.match(row ?? "", /^2023-11-14T22:20:00Z,97,[\d.]+,[\d.]+,[\d.]+,[\d.]+,up,higher/);
  });

  test("has no colours in a pipe, nor with NO_COLOR", async () => {
    const args = ["detect", "--output", "table", "-"];
    const { stdout } = await outliers(args, spiky, { FORCE_COLOR: "" });
    assert.match(stdout, /^time +value +score/);
    assert.ok(!stdout.includes("\u001b"));
  });

  test("reads the columns that are named, and judges each series on its own", async () => {
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

  test("leaves out rows without a value, and counts them", async () => {
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

  test("flags with sigma and mad what lies far from its window", async () => {
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
    assert.ok(help.includes(`adaptive, sigma or mad (default: "${config.METHOD}")`));
    assert.ok(help.includes(`series and day (default: ${config.SENSITIVITY})`));
    assert.ok(help.includes(`up or down (default: "${config.DIRECTION}")`));
    assert.ok(help.includes(`the method's own (default: ${config.THRESHOLD})`));
    assert.deepEqual([WINDOW, MIN_SAMPLES], [config.WINDOW, config.MIN_SAMPLES]);
  });

  test("ends quietly when its reader ends first, as head does", async () => {
    const input = csvOf(Array.from({ length: 60_000 }, (_, at) => (at % 50 === 0 ? 97 : at % 7)));
    const child = spawn(process.execPath, [MAIN, "detect", "--method", "mad", "-"]);
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.equal(stderr, "");
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
      rows("1,2", "2,high"),
      /line 3: "high" in column "value" is not a finite number/,
    ],
    [
      "which line has an infinite one",
      rows("1,Infinity"),
      /line 2: "Infinity" in column "value" is not a finite/,
    ],
    [
      "which line has no time",
      rows("1,2", "soon,3"),
      /line 3: "soon" in column "time" is no time: expected RFC 3339/,
    ],
    ["which line is too short", rows("1,2", "3"), /line 3: 1 columns, where the header has 2/],
    [
      "which line is out of order",
      rows("2,2", "1,3"),
      /line 3: the time 1970-01-01T00:00:01Z is before the 1970-01-01T00:00:02Z of line 2: sort/,
    ],
    [
      "which line comes twice",
      rows("1,2", "", "1,3"),
      /line 4: the time is the 1970-01-01T00:00:01Z of line 2 again/,
    ],
    [
      "that columns are not separated by commas",
      "timestamp;value\n1;2\n",
      /line 1: one column, "timestamp;value": columns have to be separated by commas/,
    ],
    ["where a quote is open", rows("1,2", '"3,4', "5,6"), /line \d: .*quote/i],
  ];
  for (const [name, input, message] of cases) {
    test(name, async () => {
      const { code, stdout, stderr } = await outliers(["detect", "-"], input);
      assert.match(stderr, message);
      assert.match(stderr, /^outliers: [^\n]+\n$/);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    });
  }

  test("that a file is not there, or a folder", async () => {
    assert.match(
      (await outliers(["detect", "/no/such.csv"])).stderr,
      /^outliers: \/no\/such.csv: can't be read: ENOENT/,
    );
    const { code, stderr } = await outliers(["detect", "/tmp"]);
    assert.equal(code, 2);
    assert.match(stderr, /^outliers: \/tmp: can't be read: it is a folder\n$/);
  });

  test("that there are too many series to be one column's names", async () => {
    const lines = Array.from({ length: 1200 }, (_, at) => `${at},${at}`);
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
    [["--wat"], /unknown option '--wat'/],
  ] as const) {
    test(`what is wrong with ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await outliers(["detect", ...args, "-"], calm);
      assert.match(stderr, message);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    });
  }
});
