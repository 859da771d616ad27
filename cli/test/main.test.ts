import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { waitFor } from "@outliers/service/wait-for";
import packageJson from "../package.json" with { type: "json" };
import { METRICS } from "./support/collector.ts";
import { calmWithSpike, csvOf } from "./support/data.ts";
import { serve } from "./support/http.ts";
import { MAIN, outliers } from "./support/run.ts";

describe("the program", () => {
  test("ends with the exit code of its command, and prints to the right streams", async () => {
    const child = spawn(process.execPath, [MAIN, "detect", "--output", "json", "-"]);
    child.stdin.end(csvOf(calmWithSpike()));
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /^\{"time":"2023-11-14T22:20:00Z","value":97,/);
    assert.match(stderr, / in 500 samples, one each 1s\n$/);
  });

  test("ends quietly when its reader ends first, as head does", async () => {
    const input = csvOf(Array.from({ length: 12_000 }, (_, at) => (at % 50 === 0 ? 97 : at % 7)));
    const child = spawn(process.execPath, [MAIN, "detect", "--method", "mad", "-"]);
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const stderr = text(child.stderr);
    child.stdout.once("data", () => child.stdout.destroy());
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.equal(await stderr, "");
  });

  test("on a terminal watches what is active in red, and goes on when the collector goes away", {
    timeout: 120_000,
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
      waitFor(`${JSON.stringify(text)} to be shown`, 60_000, async () => shown.includes(text));
    try {
      await shows("\u001b[31m");
      assert.ok(shown.includes("cpu_utilization_percent"));
      await server.close();
      await shows("The collector does not answer");
      // Ctrl-C, as a terminal has it.
      child.stdin.write("\u0003");
      assert.deepEqual(await ended, [0, null]);
    } finally {
      child.stdin.end();
      child.kill("SIGKILL");
      await server.close();
    }
  });

  test("has a version, and help with examples for each command", async () => {
    const version = await outliers(["--version"]);
    assert.deepEqual(version, { code: 0, stdout: `${packageJson.version}\n`, stderr: "" });
    for (const command of ["detect", "backtest", "watch", "check"]) {
      const { code, stdout } = await outliers([command, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`Examples:\\n  (zcat .*)?outliers ${command}`));
    }
    assert.equal((await outliers([])).code, 2);
  });

  test("has documentation of each of its options", async () => {
    const documentation = await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8");
    for (const command of ["detect", "backtest", "watch", "check"]) {
      const { stdout } = await outliers([command, "--help"]);
      for (const [option] of stdout.matchAll(/(?<=^ +)--[a-z-]+/gm)) {
        assert.ok(documentation.includes(`\`${option}`), `${command} ${option}`);
      }
    }
  });
});
