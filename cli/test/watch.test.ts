import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { METRICS, METRICS_OF_0_1 } from "./support/collector.ts";
import { serve } from "./support/http.ts";
import { outliers } from "./support/run.ts";

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

  test("fits 80 columns, and a wider terminal shows the whole name", async () => {
    const name = `cpu_utilization_percent_of_the_${"very_".repeat(10)}first_core`;
    const body = METRICS.replaceAll("cpu_utilization_percent", name);
    await using server = await serve(() => ({ body }));
    const narrow = await outliers(["watch", server.url]);
    assert.ok(
      narrow.stdout.split("\n").every(({ length }) => length <= 80),
      narrow.stdout,
    );
    assert.match(narrow.stdout, /\ncpu_utilizat\w+…\w+first_core {2,}100/);
    const wide = await outliers(["watch", "--once", server.url], "", {}, { columns: 200 });
    assert.ok(wide.stdout.includes(name));
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
