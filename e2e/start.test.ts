// `make start` in a terminal, as a user runs it; `script` (util-linux) provides the terminal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "@outliers/service/wait-for";
import { temporaryFolder } from "@outliers/testing/certificates";

const CTRL_C = "\x03";
const COLLECTOR = "127.0.0.1:29464";

describe("make start", () => {
  it("runs a detector and a collector that gets verdicts, and exits with 0 on Ctrl-C", async () => {
    using state = temporaryFolder();
    const terminal = spawn(
      "script",
      ["--quiet", "--return", "--command", "make start", "/dev/null"],
      {
        cwd: fileURLToPath(new URL("..", import.meta.url)),
        env: {
          ...process.env,
          COLLECTOR_LISTEN_ADDRESS: COLLECTOR,
          DETECTOR_LISTEN_ADDRESS: "127.0.0.1:29999",
          DETECTOR_METRICS_LISTEN_ADDRESS: "127.0.0.1:29465",
          DETECTOR_ADDRESS: "dns:///127.0.0.1:29999",
          SAMPLE_INTERVAL: "200ms",
          DETECT_INTERVAL: "200ms",
          STATE_DIR: state.path,
        },
      },
    );
    const ended = once(terminal, "exit");
    let output = "";
    terminal.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await waitFor("the addresses to be printed", 60_000, async () =>
      output.includes("Stop with Ctrl-C."),
    );
    for (const address of [`http://${COLLECTOR}/metrics`, "127.0.0.1:29999"]) {
      assert.ok(output.includes(address), address);
    }
    await waitFor("verdicts", 60_000, async () => {
      const text = await (await fetch(`http://${COLLECTOR}/metrics`)).text();
      return /^collector_detect_requests_total\{code="OK"\} [1-9]/m.test(text);
    });
    terminal.stdin.write(CTRL_C);
    assert.deepEqual(await ended, [0, null], output);
  });

  it("reports the errors of both services at once, and exits before anything starts", async () => {
    const started = spawn(process.execPath, ["scripts/start.ts"], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, WINDOW: "0", MAX_POINTS: "many" },
    });
    let output = "";
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [code] = await once(started, "close");
    assert.equal(code, 1, output);
    assert.match(output, /detector: invalid configuration:\n {2}MAX_POINTS="many": expected/);
    assert.match(output, /collector: invalid configuration:\n {2}WINDOW="0": expected/);
    assert.doesNotMatch(output, /serving|collecting/);
  });
});
