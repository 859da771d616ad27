import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Method } from "@outliers/proto";
import { startOpsServer } from "@outliers/service/ops-server";
import { waitFor } from "@outliers/service/wait-for";
import { callDetect, series, startDetector } from "@outliers/testing/detector";
import { normalizedExposition } from "@outliers/testing/exposition";

test("the detector's /metrics are as documented", async (t) => {
  await using detector = await startDetector();
  const { client, metrics, stub } = detector;
  const ops = await startOpsServer({ host: "127.0.0.1", port: 0 }, metrics.registry, () => ({
    ready: true,
    reason: "ok",
  }));
  t.after(() => ops.close());
  const read = async () => (await fetch(`http://127.0.0.1:${ops.port}/metrics`)).text();

  for (const method of [Method.METHOD_SIGMA, Method.METHOD_MAD]) {
    const request = { metrics: series([1, 2, 100, 1, 3, 200, 1]), options: { method } };
    assert.equal((await callDetect(client, request)).details, "");
  }
  const stream = stub.DetectStream();
  stream.on("error", () => {});
  stream.write({ metrics: [{ time: { seconds: 1_700_000_000 }, name: "cpu", value: 3 }] });
  await once(stream, "data", { signal: AbortSignal.timeout(20_000) });
  await waitFor("all calls to be accounted for", 20_000, async () => {
    const text = await read();
    return [
      /^grpc_server_handled_total\{.*"Detect",grpc_code="OK"\} 2$/m,
      /^detector_request_bytes 0$/m,
    ].every((line) => line.test(text));
  });

  const golden = fileURLToPath(new URL("metrics.golden.txt", import.meta.url));
  t.assert.fileSnapshot(normalizedExposition(await read()), golden, { serializers: [String] });
  stream.cancel();
});
