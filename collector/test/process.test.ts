import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "@outliers/service/wait-for";
import { temporaryFolder } from "@outliers/testing/certificates";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env: { ...process.env, ...env } });
  return {
    child,
    stdout: text(child.stdout),
    stderr: text(child.stderr),
    exit: once(child, "exit"),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  assert.ok(typeof address === "object" && address);
  return address.port;
}

describe("the collector's process", () => {
  it("reports every configuration error and exits with 1 before anything starts", async () => {
    const { exit, stdout, stderr } = run({ WINDOW: "0", SAMPLE_INTERVAL: "soon" });
    assert.deepEqual(await exit, [1, null]);
    assert.match(
      await stderr,
      /WINDOW="0".*\n.*SAMPLE_INTERVAL="soon"|SAMPLE_INTERVAL="soon".*\n.*WINDOW="0"/,
    );
    assert.equal(await stdout, "");
  });

  it("exits with 1 if its queries are invalid, and reads them again on SIGHUP", async () => {
    using folder = temporaryFolder();
    const file = folder.write("queries.yml", "queries: [{ name: 1 }]");
    const wrong = run({ QUERIES_FILE: file });
    assert.deepEqual(await wrong.exit, [1, null]);
    assert.match(await wrong.stderr, /queries\.yml:1:13: queries\[0\]\.name: 1: expected a name/);
    folder.write("queries.yml", "queries: []");
    const port = await freePort();
    const { child, exit, stdout } = run({
      QUERIES_FILE: file,
      SOURCES: "none",
      COLLECTOR_LISTEN_ADDRESS: `127.0.0.1:${port}`,
    });
    await waitFor(
      "/healthz",
      20_000,
      async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok,
    );
    await waitFor("the reload", 20_000, async () => {
      child.kill("SIGHUP");
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return metrics.includes("collector_config_last_reload_successful 1");
    });
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null]);
    assert.match(await stdout, /queries reloaded/);
  });

  it("exits with 1 if its port is taken, and names the port", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    assert.ok(typeof address === "object" && address);
    const { exit, stdout } = run({ COLLECTOR_LISTEN_ADDRESS: `127.0.0.1:${address.port}` });
    assert.deepEqual(await exit, [1, null]);
    assert.match(
      await stdout,
      new RegExp(`COLLECTOR_LISTEN_ADDRESS.*EADDRINUSE.*127\\.0\\.0\\.1:${address.port}`),
    );
    taken.close();
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`exits with 0 on ${signal}, even while the detector is down`, async () => {
      const port = await freePort();
      const { child, exit } = run({
        COLLECTOR_LISTEN_ADDRESS: `127.0.0.1:${port}`,
        DETECTOR_ADDRESS: "dns:///127.0.0.1:1",
        MIN_SAMPLES: "2",
        SAMPLE_INTERVAL: "100ms",
        DETECT_INTERVAL: "100ms",
      });
      const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
      await waitFor("/readyz to report that the detector is down", 20_000, async () => {
        return (await (await get("/readyz")).text()) === "detection failed: Unavailable\n";
      });
      assert.equal((await get("/readyz")).status, 503);
      assert.equal((await get("/healthz")).status, 200);
      assert.equal((await get("/metrics")).status, 200);
      child.kill(signal);
      assert.deepEqual(await exit, [0, null]);
    });
  }
});
