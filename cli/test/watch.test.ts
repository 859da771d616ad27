import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SeriesState } from "../src/collector/state.ts";
import { viewOf } from "../src/collector/view.ts";
import { METRICS, METRICS_OF_0_1 } from "./support/collector.ts";
import { serve } from "./support/http.ts";
import { outliers } from "./support/run.ts";

const NO_COLOR = { NO_COLOR: "1" };

/** Series of a query as a collector exports them: `query` comes first. */
const queried = (instances: readonly string[]): string =>
  instances
    .map(
      (instance) =>
        `outliers_value{series="node_load1",query="node_load1",instance="${instance}.example.com:9100",job="node"} 7\n`,
    )
    .join("");

describe("outliers watch", () => {
  test("prints the state once and ends when there is no terminal", async () => {
    await using server = await serve(() => ({ body: METRICS }));
    const { code, stdout, stderr } = await outliers(["watch", server.url]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /\ndetector up {3}backlog 2 samples\n/);
    assert.match(stdout, /\ncpu_utilization_percent +100 +0 … 9.4 +2.25 +3 +active\n/);
    assert.match(stdout, /\nload1\{host="b"\} +0.25 +warming up +0\n/);
    const later = METRICS.replace(/(outliers_active.*) 1/, "$1 0");
    await using calm = await serve(() => ({ body: later }));
    assert.match((await outliers(["watch", calm.url])).stdout, /2.25 +3 +\d+d( \d+h)? ago\n/);
  });

  test("shows the whole name of every series, in lines that fit the terminal", async () => {
    const body = `${METRICS}${queried(["web-1", "web-2"])}`;
    await using server = await serve(() => ({ body }));
    const terminal = { isTTY: true, columns: 80 };
    const narrow = (await outliers(["watch", "--once", server.url], "", NO_COLOR, terminal)).stdout;
    assert.ok(
      narrow.split("\n").every(({ length }) => length <= 80),
      narrow,
    );
    for (const instance of ["web-1", "web-2"]) {
      const name = `node_load1{instance="${instance}.example.com:9100",job="node",query="node_load1"}`;
      // Only the first line of a series has its value.
      assert.ok(
        narrow
          .replace(/ {2,}7\n {2}/g, "")
          .replace(/\n {2}/g, "")
          .includes(name),
        narrow,
      );
    }
    const piped = await outliers(["watch", server.url]);
    assert.match(
      piped.stdout,
      /\nnode_load1\{instance="web-2.example.com:9100",job="node",query="node_load1"\} +7\n/,
    );
  });

  test("shows first what is active, and only counts what a terminal has no room for", () => {
    const state = (id: string, isActive: boolean): SeriesState => ({
      identity: `up{instance="${id}"}`,
      value: 1,
      score: 0,
      expected: 1,
      lower: 1,
      upper: 1,
      state: "ready",
      isActive,
      outliers: 0,
      events: 0,
      lastOutlierMs: undefined,
      unmonitoredSeconds: 0,
    });
    const series = Array.from({ length: 1000 }, (_, at) => state(`host-${at}`, at === 700));
    const all = { isDetectorUp: true, backlog: 0, samples: 0, dropped: 0, missedTicks: 0 };
    const view = viewOf(
      "http://c",
      { ...all, setAside: 0, sources: [], series },
      0,
      { width: 80, isColoured: false },
      20,
    );
    const lines = view.split("\n");
    assert.equal(lines.length, 19);
    assert.match(lines[4] ?? "", /^up\{instance="host-700"\} .* active$/);
    assert.match(lines[5] ?? "", /^up\{instance="host-0"\}/);
    assert.equal(lines.at(-1), "and 986 more series, which --once prints");
  });

  test("names series by the ids that ack takes, whatever their labels are called", async () => {
    const body = `${METRICS}outliers_value{series="up",query="q",exported_series="a",exported_state="b",at="c"} 1\n`;
    await using server = await serve(() => ({ body }));
    const { stdout } = await outliers(["watch", server.url]);
    assert.match(stdout, /\nup\{at="c",query="q",series="a",state="b"\} +1\n/);
  });

  test("prints records as JSON lines or CSV", async () => {
    await using server = await serve(() => ({ body: METRICS }));
    const { stdout } = await outliers(["watch", "--output", "json", server.url]);
    const [cpu, load] = stdout.trim().split("\n");
    assert.match(cpu ?? "", /"series":"cpu_utilization_percent","value":100,"score":2.25,/);
    assert.match(cpu ?? "", /"active":true,"outliers":7,"events":3,"last_outlier":"2023-11-14T/);
    assert.match(load ?? "", /"series":"load1\{host=\\"b\\"\}","value":0.25,"state":"warming_up",/);
    const csv = await outliers(["watch", "--output", "csv", server.url]);
    assert.match(csv.stdout, /^time,series,value,score,.*\n.*Z,cpu_utilization_percent,100,2.25,/);
  });

  test("reads the metrics of a collector of 0.1", async () => {
    await using server = await serve(() => ({ body: METRICS_OF_0_1 }));
    const { stdout } = await outliers(["watch", "--output", "json", server.url]);
    assert.match(
      stdout,
      /"outliers":7,"last_outlier":"2023-11-14T22:13:20Z","unmonitored_seconds":5/,
    );
  });

  test("sends the credentials of its URL, and does not show them", async () => {
    await using server = await serve(({ headers }) =>
      headers.authorization === `Basic ${Buffer.from("u:p@s").toString("base64")}`
        ? { body: METRICS }
        : { status: 401, body: "" },
    );
    const url = server.url.replace("//", "//u:p%40s@");
    const { code, stdout } = await outliers(["watch", url]);
    assert.equal(code, 0);
    assert.ok(stdout.startsWith(`${server.url} at `));
    const refused = await outliers(["watch", server.url.replace("//", "//u:secret@")]);
    assert.match(refused.stderr, /HTTP 401/);
    assert.ok(!refused.stderr.includes("secret"));
  });

  test("ends with 2 when there is no collector", async () => {
    const away = await outliers(["watch", "127.0.0.1:1"]);
    assert.match(away.stderr, /^outliers: no answer from http:\/\/127.0.0.1:1\/metrics: .+\n$/);
    await using server = await serve(() => ({ body: "up 1\n" }));
    const other = await outliers(["watch", server.url]);
    assert.match(other.stderr, /is not a collector's/);
    assert.deepEqual([away.code, other.code], [2, 2]);
  });
});
