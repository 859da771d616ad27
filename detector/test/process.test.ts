import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { totalmem } from "node:os";
import { describe, test } from "node:test";
import { Client, credentials } from "@grpc/grpc-js";
import { callDetect, series } from "@outliers/testing/detector";
import { ANY_PORT, run } from "./support/process.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends it with exit code 0`, async () => {
    await using detector = run("main.ts", ANY_PORT);
    await detector.serving();
    detector.kill(signal);
    const { code, stdout, stderr } = await detector.exited;
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`"signal":"${signal}"`));
    assert.match(stdout, /"msg":"stopped"/);
    assert.equal(stderr, "");
  });
}

test("open connections, idle or watching health, do not keep it from a clean end", async () => {
  await using detector = run("main.ts", { ...ANY_PORT, SHUTDOWN_TIMEOUT: "2s" });
  const { grpcPort } = await detector.serving();
  const idle = connect(grpcPort, "127.0.0.1");
  idle.on("error", () => {});
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  const identity = (bytes: Buffer): Buffer => bytes;
  const watch = client.makeServerStreamRequest(
    "/grpc.health.v1.Health/Watch",
    identity,
    identity,
    Buffer.of(),
  );
  watch.on("error", () => {});
  await once(watch, "data");
  detector.kill("SIGTERM");
  const { code, stdout } = await detector.exited;
  client.close();
  idle.destroy();
  assert.equal(code, 0, stdout);
});

test("it serves gRPC, /metrics, /healthz and /readyz", async () => {
  await using detector = run("main.ts", ANY_PORT);
  const { grpcPort, metricsPort } = await detector.serving();
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  assert.deepEqual((await callDetect(client, { metrics: series([1]) })).indices, []);
  client.close();
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  assert.match(metrics, /^detector_streams_limit 1000$/m);
  const limit = Number(/^detector_memory_limit_bytes (.*)$/m.exec(metrics)?.[1]);
  assert.ok(limit > 0 && limit <= totalmem(), `memory limit ${limit}`);
  for (const path of ["/metrics", "/healthz", "/readyz"]) {
    assert.equal((await fetch(`http://127.0.0.1:${metricsPort}${path}`)).status, 200, path);
  }
});

for (const variable of ["DETECTOR_LISTEN_ADDRESS", "DETECTOR_METRICS_LISTEN_ADDRESS"]) {
  test(`a taken port is told with its variable, ${variable}`, async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    assert.ok(typeof address === "object" && address);
    await using detector = run("main.ts", {
      ...ANY_PORT,
      [variable]: `127.0.0.1:${address.port}`,
    });
    const { code, stdout } = await detector.exited;
    taken.close();
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`can't listen on ${variable}; .*EADDRINUSE`));
  });
}

test("limits of the environment hold", async () => {
  await using detector = run("main.ts", {
    ...ANY_PORT,
    MAX_POINTS: "2",
    MAX_MESSAGE_BYTES: "1024",
  });
  const { grpcPort } = await detector.serving();
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  const points = await callDetect(client, { metrics: series([1, 2, 3]) });
  assert.match(points.details, /3 metrics, the limit is 2 \(MAX_POINTS\)/);
  const bytes = await callDetect(client, { metrics: series([1], "a".repeat(2000)) });
  assert.match(bytes.details, /larger than max.*1024/);
  client.close();
});

test("a wrong configuration names all errors at once, and nothing starts", async () => {
  await using detector = run("main.ts", {
    ...ANY_PORT,
    MAX_POINTS: "many",
    MAX_CONNECTION_AGE: "5",
    SHUTDOWN_TIMEOUT: "1ms",
    LOG_LEVEL: "loud",
  });
  const { code, stdout, stderr } = await detector.exited;
  assert.equal(code, 1);
  assert.equal(stdout, "", "no log, so nothing was bound");
  assert.equal(
    stderr,
    [
      "invalid configuration:",
      '  MAX_POINTS="many": expected a whole number from 1 to 10000000',
      '  MAX_CONNECTION_AGE="5": expected a duration with its unit, such as 500ms, 1s or 5m, from 1s to 1h',
      '  SHUTDOWN_TIMEOUT="1ms": expected a duration with its unit, such as 500ms, 1s or 5m, from 100ms to 10m',
      '  LOG_LEVEL="loud": expected one of debug, info, warn, error',
      "",
    ].join("\n"),
  );
});

describe("an address that is taken ends it with exit code 1 and a log line that names it", () => {
  for (const variable of ["DETECTOR_LISTEN_ADDRESS", "DETECTOR_METRICS_LISTEN_ADDRESS"]) {
    test(variable, async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const bound = taken.address();
      const address = `127.0.0.1:${typeof bound === "object" ? bound?.port : ""}`;
      await using detector = run("main.ts", { ...ANY_PORT, [variable]: address });
      const { code, stdout } = await detector.exited;
      taken.close();
      assert.equal(code, 1);
      const fatal = stdout.split("\n").find((line) => line.includes('"level":"fatal"'));
      assert.ok(fatal?.includes(address), stdout);
    });
  }
});
