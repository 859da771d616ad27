import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { waitFor } from "@outliers/service/wait-for";
import { METRICS } from "./support/collector.ts";
import { serve } from "./support/http.ts";
import { MAIN, outliers } from "./support/run.ts";

describe("outliers watch", () => {
  test("prints one snapshot and ends when there is no terminal", async () => {
    await using server = await serve(() => ({ body: METRICS }));
    const { code, stdout, stderr } = await outliers(["watch", server.url]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /detector up {3}backlog 2 samples/);
    assert.match(
      stdout,
      /│ cpu_utilization_percent │ +100 │ +0 … 9.4 │ +2.25 │ active +│ +7 │ 2023-11-14T22:13:20Z \(\d+d \d+h ago\) │/,
    );
    assert.match(stdout, /│ load1 +│ +0.25 │ +│ +│ warming up │ +0 │ +│/);
  });

  test("ends with 2 when there is no collector", async () => {
    const away = await outliers(["watch", "127.0.0.1:1"]);
    assert.match(away.stderr, /^outliers: no answer from http:\/\/127.0.0.1:1\/metrics: .+\n$/);
    await using server = await serve(() => ({ body: "up 1\n" }));
    const other = await outliers(["watch", server.url]);
    assert.match(other.stderr, /is not a collector's/);
    assert.deepEqual([away.code, other.code], [2, 2]);
  });

  test("on a terminal shows what is active in red, and goes on when the collector goes away", {
    timeout: 60_000,
  }, async () => {
    const server = await serve(() => ({ body: METRICS }));
    // util-linux's script gives the program a terminal.
    const command = `stty cols 160 rows 50; exec '${process.execPath}' '${MAIN}' watch ${server.url}`;
    const child = spawn("script", ["-qfec", command, "/dev/null"], {
      env: { ...process.env, TERM: "xterm", COLUMNS: "160", NO_COLOR: "" },
    });
    const ended = once(child, "exit");
    let shown = "";
    child.stdout.on("data", (chunk) => {
      shown += chunk;
    });
    const shows = (text: string) =>
      waitFor(`${JSON.stringify(text)} to be shown`, 20_000, async () => shown.includes(text));
    try {
      await shows("\u001b[31m");
      assert.ok(shown.includes("cpu_utilization"));
      await server.close();
      await shows("The collector is away");
      // Ctrl-C, as a terminal has it.
      child.stdin.write("\u0003");
      assert.deepEqual(await ended, [0, null]);
    } finally {
      child.stdin.end();
      child.kill("SIGKILL");
      await server.close();
    }
  });
});
