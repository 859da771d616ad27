import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, credentials, status as Status } from "@grpc/grpc-js";
import { callRaw, DETECT } from "@outliers/testing/detector";
import { ANY_PORT, run } from "./support/process.ts";
import { bytes } from "./support/wire.ts";

test("two million empty metrics in one message are refused within a small heap", async () => {
  // Two bytes each on the wire, hundreds in memory: decoding them would end the process.
  await using detector = run("main.ts", {
    ...ANY_PORT,
    NODE_OPTIONS: "--max-old-space-size=64",
  });
  const { grpcPort } = await detector.serving();
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  const body = Buffer.alloc(4 * 1024 * 1024 - 2, bytes(1, Buffer.of()));
  for (let call = 0; call < 3; call++) {
    const { code, details } = await callRaw(client, DETECT, body);
    assert.equal(code, Status.RESOURCE_EXHAUSTED);
    assert.match(details, /2097151 metrics, the limit is 100000 \(MAX_POINTS\)/);
  }
  client.close();
  detector.kill("SIGTERM");
  assert.equal((await detector.exited).code, 0);
});
