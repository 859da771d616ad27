// `make start`, as a user runs it; `script` (util-linux) provides a terminal where one is needed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp } from "node:fs/promises";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "@outliers/service/wait-for";
import { temporaryFolder } from "@outliers/testing/certificates";

const CTRL_C = "\x03";
const COLLECTOR = "127.0.0.1:29464";
const DETECTOR = "127.0.0.1:29999";
const DETECTOR_METRICS = "127.0.0.1:29465";
/** A busy machine may need long. */
const LIMIT_MS = 60_000;

/** Runs a command in the repository, with a state folder and ports of its own. */
function start(command: readonly [string, ...string[]], settings: Record<string, string> = {}) {
  const state = temporaryFolder();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: {
      ...process.env,
      COLLECTOR_LISTEN_ADDRESS: COLLECTOR,
      DETECTOR_LISTEN_ADDRESS: DETECTOR,
      DETECTOR_METRICS_LISTEN_ADDRESS: DETECTOR_METRICS,
      SAMPLE_INTERVAL: "200ms",
      DETECT_INTERVAL: "200ms",
      STATE_DIR: state.path,
      ...settings,
    },
  });
  const ended = once(child, "close").finally(() => state[Symbol.dispose]());
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return {
    child,
    ended,
    output: () => output,
    isUp: () =>
      waitFor("the addresses to be printed", LIMIT_MS, async () =>
        output.includes("Stop with Ctrl-C."),
      ),
  };
}

/** Whether something listens there. */
async function isTaken(address: string): Promise<boolean> {
  const [host = "", port = ""] = address.split(":");
  const server = createServer().listen(Number(port), host);
  const isFree = await once(server, "listening").then(
    () => true,
    () => false,
  );
  server.close();
  return !isFree;
}

async function assertNothingListens(): Promise<void> {
  for (const address of [COLLECTOR, DETECTOR, DETECTOR_METRICS]) {
    assert.equal(await isTaken(address), false, address);
  }
}

describe("make start", () => {
  it("runs a detector and a collector that gets verdicts, and exits with 0 on Ctrl-C", async () => {
    const command = ["--quiet", "--return", "--command", "make start", "/dev/null"];
    const { child, ended, output, isUp } = start(["script", ...command]);
    await isUp();
    for (const address of [`http://${COLLECTOR}/metrics`, DETECTOR]) {
      assert.ok(output().includes(address), address);
    }
    assert.match(
      output(),
      /watching this host\.\r\n +New series of the host warm up for 100 samples \(20 s\)/,
    );
    await waitFor("verdicts", LIMIT_MS, async () => {
      const text = await (await fetch(`http://${COLLECTOR}/metrics`)).text();
      return /^collector_detect_requests_total\{code="OK"\} [1-9]/m.test(text);
    });
    child.stdin.write(CTRL_C);
    assert.deepEqual(await ended, [0, null], output());
  });

  it("names every port that is taken, with its variable, before anything starts; SIGTERM to make, without a terminal, ends both services", async () => {
    const first = start(["make", "start"]);
    await first.isUp();
    const second = start(["make", "start"]);
    assert.deepEqual(await second.ended, [2, null], second.output());
    for (const given of [
      `COLLECTOR_LISTEN_ADDRESS=${COLLECTOR}`,
      `DETECTOR_LISTEN_ADDRESS=${DETECTOR}`,
      `DETECTOR_METRICS_LISTEN_ADDRESS=${DETECTOR_METRICS}`,
    ]) {
      assert.ok(second.output().includes(`${given}: something already listens there`), given);
    }
    assert.doesNotMatch(second.output(), /serving|collecting/);
    first.child.kill("SIGTERM");
    await first.ended;
    await assertNothingListens();
  });

  it("names a service that is killed, with the signal, and ends the other", async () => {
    using state = temporaryFolder();
    await cp(new URL("../collector/test/fixtures/state-0.2.0", import.meta.url), state.path, {
      recursive: true,
    });
    const settings = { STATE_DIR: state.path };
    const { child, ended, output, isUp } = start([process.execPath, "scripts/start.ts"], settings);
    await isUp();
    assert.ok(output().includes(`Series that are known go on from their state in ${state.path}.`));
    assert.match(output(), /continuing from stored state/);
    const children = spawn("pgrep", ["--parent", String(child.pid), "--full", "detector/src/main"]);
    const [detector] = await once(children.stdout, "data");
    process.kill(Number(String(detector)), "SIGKILL");
    assert.deepEqual(await ended, [1, null], output());
    assert.match(output(), /the detector was killed by SIGKILL: stopping/);
    await assertNothingListens();
  });

  it("reports the errors of both services at once, and exits before anything starts", async () => {
    const { ended, output } = start([process.execPath, "scripts/start.ts"], {
      WINDOW: "0",
      MAX_POINTS: "many",
    });
    assert.deepEqual(await ended, [1, null], output());
    assert.match(output(), /detector: invalid configuration:\n {2}MAX_POINTS="many": expected/);
    assert.match(output(), /collector: invalid configuration:\n {2}WINDOW="0": expected/);
    assert.doesNotMatch(output(), /serving|collecting/);
  });
});
