import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { startDetector } from "@outliers/testing/detector";
import { startTlsDetector } from "@outliers/testing/tls-detector";
import { run } from "./support/process.ts";

test("the probe exits 0 when the detector serves", async () => {
  await using detector = await startDetector();
  const address = `127.0.0.1:${detector.port}`;
  await using probe = run("healthcheck.ts", { DETECTOR_LISTEN_ADDRESS: address });
  assert.deepEqual(await probe.exited, { code: 0, stdout: "SERVING\n", stderr: "" });
});

test("the probe finds a detector that listens on IPv6 alone", async () => {
  await using detector = await startDetector({ address: { host: "::1", port: 0 } });
  const address = `[::1]:${detector.port}`;
  await using probe = run("healthcheck.ts", { DETECTOR_LISTEN_ADDRESS: address });
  assert.deepEqual(await probe.exited, { code: 0, stdout: "SERVING\n", stderr: "" });
});

test("the probe exits 1, and says why, when nothing listens", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const bound = free.address();
  const port = typeof bound === "object" ? bound?.port : 0;
  free.close();
  await once(free, "close");
  await using probe = run("healthcheck.ts", { DETECTOR_LISTEN_ADDRESS: `127.0.0.1:${port}` });
  const { code, stdout } = await probe.exited;
  assert.equal(code, 1);
  assert.match(stdout, /UNAVAILABLE|DEADLINE_EXCEEDED/);
});

for (const TLS_CLIENT_AUTH of ["none", "require"]) {
  test(`the probe works under TLS, with client certificates: ${TLS_CLIENT_AUTH}`, async () => {
    await using detector = await startTlsDetector(TLS_CLIENT_AUTH === "require");
    await using probe = run("healthcheck.ts", {
      DETECTOR_LISTEN_ADDRESS: `127.0.0.1:${detector.port}`,
      ...detector.files,
      TLS_CLIENT_AUTH,
    });
    const { code, stdout } = await probe.exited;
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "SERVING\n" });
  });
}
