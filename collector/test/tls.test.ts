import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createDetectorClient } from "@outliers/client/detector-client";
import { Method } from "@outliers/proto";
import { channelCredentials } from "@outliers/service/tls";
import { waitFor } from "@outliers/service/wait-for";
import { temporaryFolder } from "@outliers/testing/certificates";
import { captureLog } from "@outliers/testing/log";
import {
  authority,
  clientPair,
  startTlsDetector,
  stranger,
  writeFiles,
} from "@outliers/testing/tls-detector";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const expired = await authority.issue(["localhost"], { isExpired: true });
const elsewhere = await authority.issue(["elsewhere"]);

/** A collector process that samples this host. */
function runCollector(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      COLLECTOR_LISTEN_ADDRESS: "127.0.0.1:0",
      SAMPLE_INTERVAL: "100ms",
      DETECT_INTERVAL: "100ms",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return {
    /** Waits for a matching log line. */
    logs: (pattern: RegExp) =>
      waitFor(`${pattern} in the log`, 15_000, async () => pattern.test(output)),
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

describe("the collector's warning says why there is no connection", () => {
  const folder = temporaryFolder();
  const ours = writeFiles(folder, clientPair);
  const { TLS_CA } = ours;
  let detectors: Awaited<ReturnType<typeof startTlsDetector>>[] = [];
  before(async () => {
    detectors = await Promise.all([
      startTlsDetector(true),
      startTlsDetector(false, expired),
      startTlsDetector(false, elsewhere),
    ]);
  });
  after(async () => {
    for (const detector of detectors) await detector[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  const target = (which: number) => ({
    DETECTOR_ADDRESS: `dns:///localhost:${detectors[which]?.port}`,
  });
  async function warning(which: number, env: Record<string, string>, pattern: RegExp) {
    const collector = runCollector({ ...target(which), ...env });
    await collector.logs(pattern).finally(() => collector.stop());
  }

  test("the detector's certificate has expired", async () => {
    await warning(1, { TLS_CA }, /"warn".*certificate has expired.*detection failed/);
  });
  test("the detector's certificate is for another host", async () => {
    await warning(2, { TLS_CA }, /"warn".*Host: localhost\. is not in the cert's altnames/);
  });
  test("the detector's certificate is from another CA", async () => {
    const other = folder.write("other.crt", stranger.cert);
    await warning(0, { TLS_CA: other }, /"warn".*self-signed certificate in certificate chain/);
  });
  test("the detector requires a client certificate", async () => {
    await warning(0, { TLS_CA }, /"warn".*alert certificate required/);
  });
  test("and it connects once the certificates are right", async () => {
    const metrics = detectors[0]?.metrics ?? assert.fail();
    const collector = runCollector({ ...target(0), ...ours });
    await waitFor("a stream", 10_000, async () =>
      (await metrics.started.get()).values.some(
        ({ labels }) => labels.grpc_method === "DetectStream",
      ),
    );
    await collector.stop();
  });
});

test("an invalid configuration is reported with all errors at once, and nothing starts", async () => {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, TLS_CERT: "/none", WINDOW: "1" },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 1);
  assert.match(stderr, /^ {2}WINDOW="1": expected/m);
  assert.match(stderr, /^ {2}TLS_CERT="\/none": expected the path of a PEM file .*ENOENT/m);
  assert.match(stderr, /^ {2}TLS_KEY="": expected the path .* as TLS_CERT is set$/m);
  assert.match(stderr, /^ {2}TLS_CA="": expected .*: TLS is off without it$/m);
});

describe("the client's certificate is reloaded", () => {
  const metric = { name: "a", value: 1 };

  test("new connections present the new one, and open streams continue", async () => {
    await using detector = await startTlsDetector(true);
    using folder = temporaryFolder();
    const files = writeFiles(folder, clientPair);
    const log = captureLog();
    const tls = channelCredentials(files, log.logger);
    const target = `dns:///localhost:${detector.port}`;
    const open = () => createDetectorClient(target, 2000, tls.credentials);
    const client = open();
    const stream = client.openStream({ method: Method.METHOD_ADAPTIVE });
    let seconds = 0;
    const send = () => {
      seconds += 1;
      return stream.send({ metrics: [{ ...metric, time: { seconds, nanos: 0 } }] });
    };
    await send();

    const foreign = await stranger.issue(["collector"]);
    folder.write("tls.crt", foreign.cert);
    folder.write("tls.key", foreign.key);
    await log.line(/TLS files reloaded/);
    await send();
    client.close();
    // All channels of a process share their connections: a new one is opened when none is left.
    const next = open();
    await assert.rejects(next.detect([metric], {}), /UNAVAILABLE/);
    await detector.log.line(/client certificate refused: UNABLE_TO_VERIFY_LEAF_SIGNATURE/);

    folder.write("tls.crt", clientPair.cert);
    folder.write("tls.key", clientPair.key);
    await waitFor("a connection with the first one", 10_000, async () => {
      await next.detect([metric], {});
      return true;
    });
    next.close();
    tls.close();
  });
});
