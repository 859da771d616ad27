import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { Method } from "@outliers/proto";
import {
  callDetect,
  callRaw,
  DETECT,
  health,
  series,
  startDetector,
} from "@outliers/testing/detector";
import { labelNames, read } from "./support/metrics.ts";
import { metric } from "./support/wire.ts";

const EXAMPLE = series([1, 2, 100, 1, 3, 200, 1]);

// https://pkg.go.dev/github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus
test("the grpc_server metrics have go-grpc-middleware's names and labels", async () => {
  await using detector = await startDetector();
  await callDetect(detector.client, {});
  const samples = await read(detector.metrics.registry);
  const of = ["grpc_method", "grpc_service", "grpc_type"];
  assert.deepEqual(labelNames(samples, "grpc_server_started_total"), [of]);
  assert.deepEqual(labelNames(samples, "grpc_server_handled_total"), [["grpc_code", ...of]]);
  assert.deepEqual(labelNames(samples, "grpc_server_handling_seconds_count"), [of]);
  assert.deepEqual(labelNames(samples, "grpc_server_handling_seconds_sum"), [of]);
  assert.deepEqual(labelNames(samples, "grpc_server_handling_seconds_bucket"), [[...of, "le"]]);
});

describe("each call is counted by its code, also those that grpc-js itself ends", () => {
  const cases = [
    { name: "a good call", path: DETECT, body: Buffer.of(), code: "OK" },
    { name: "a bad value", path: DETECT, body: metric("a", Number.NaN), code: "InvalidArgument" },
    { name: "malformed bytes", path: DETECT, body: Buffer.of(0xff), code: "InvalidArgument" },
    { name: "too large", path: DETECT, body: Buffer.alloc(70_000), code: "ResourceExhausted" },
    {
      name: "malformed bytes that grpc-js decodes",
      path: "/grpc.health.v1.Health/Check",
      body: Buffer.of(0xff),
      code: "Internal",
    },
  ];
  for (const { name, path, body, code } of cases) {
    test(`${name} is ${code}`, async () => {
      await using detector = await startDetector();
      await callRaw(detector.client, path, body);
      const [, grpc_service, grpc_method] = path.split("/");
      const labels = { grpc_type: "unary", grpc_service, grpc_method };
      const samples = await read(detector.metrics.registry);
      const of = (metric: string) => samples.filter((sample) => sample.name === metric);
      assert.deepEqual(
        of("grpc_server_started_total").map(({ labels }) => labels),
        [labels],
      );
      assert.deepEqual(of("grpc_server_handled_total"), [
        { name: "grpc_server_handled_total", labels: { ...labels, grpc_code: code }, value: 1 },
      ]);
      assert.equal(of("grpc_server_handling_seconds_count")[0]?.value, 1);
    });
  }
});

test("a stream that its client cancels is Canceled, as Go spells it", async () => {
  await using detector = await startDetector();
  const identity = (bytes: Buffer): Buffer => bytes;
  const path = "/grpc.health.v1.Health/Watch";
  const stream = detector.client.makeServerStreamRequest(path, identity, identity, Buffer.of());
  stream.on("error", () => {});
  await once(stream, "data");
  stream.cancel();
  const handled = async () => (await detector.metrics.handled.get()).values;
  while (!(await handled()).length) await new Promise(setImmediate);
  const labels = {
    grpc_type: "server_stream",
    grpc_service: "grpc.health.v1.Health",
    grpc_method: "Watch",
    grpc_code: "Canceled",
  };
  assert.deepEqual(
    (await handled()).map(({ labels, value }) => ({ labels, value })),
    [{ labels, value: 1 }],
  );
});

test("an unknown path makes no label, so that nobody can make them at will", async () => {
  await using detector = await startDetector();
  const { code } = await callRaw(detector.client, "/pb.Anything/At.Will", Buffer.of());
  assert.equal(code, Status.UNIMPLEMENTED);
  const samples = await read(detector.metrics.registry);
  assert.ok(!samples.some(({ labels }) => labels.grpc_service === "pb.Anything"));
});

test("points and outliers are counted by method, those of refused requests are not", async () => {
  await using detector = await startDetector();
  const { client, metrics } = detector;
  await callDetect(client, { metrics: EXAMPLE });
  await callDetect(client, { metrics: EXAMPLE });
  await callDetect(client, { metrics: EXAMPLE, options: { method: Method.METHOD_MAD } });
  await callDetect(client, { metrics: series([1, 2, Number.NaN]) });
  const samples = await read(metrics.registry);
  const value = (name: string, method: string) =>
    samples.find((sample) => sample.name === name && sample.labels.method === method)?.value;
  assert.equal(value("detector_points_total", "sigma"), 14);
  assert.equal(value("detector_points_total", "mad"), 7);
  // The contract's example: one by sigma in each of two calls, two by MAD.
  assert.equal(value("detector_outliers_total", "sigma"), 2);
  assert.equal(value("detector_outliers_total", "mad"), 2);
});

test("health and process are measured too", async () => {
  await using detector = await startDetector();
  await health(detector.client, "");
  const samples = await read(detector.metrics.registry);
  const names = new Set(samples.map(({ name }) => name));
  for (const name of ["process_cpu_seconds_total", "nodejs_version_info", "detector_build_info"]) {
    assert.ok(names.has(name), name);
  }
  const build = samples.find(({ name }) => name === "detector_build_info");
  assert.equal(build?.labels.node_version, process.version);
});
