import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadSync } from "@grpc/proto-loader";
import { Direction, descriptorSet, Method, OutliersClient } from "../src/index.ts";

const frozen = loadSync(fileURLToPath(new URL("../frozen/outliers.proto", import.meta.url)), {
  longs: Number,
  defaults: true,
});
const detect = frozen["pb.Outliers"];
assert.ok(detect && "Detect" in detect, "the frozen contract has Outliers");
const { Detect: frozenDetect } = detect;
const { Detect } = OutliersClient.service;

/** What a decoded request has that clients of the frozen contract don't send. */
const LATER = { checkpoints: [], normals: [], checkpointNames: [] };

// A request that a client of the frozen contract may send.
const REQUEST = {
  metrics: [
    { time: { seconds: 1_700_000_000, nanos: 5 }, name: "cpu", value: 97.3 },
    { time: null, name: "", value: -0.5 },
  ],
};

test("the path is the frozen contract's", () => {
  assert.equal(Detect.path, "/pb.Outliers/Detect");
  assert.ok(typeof frozenDetect === "object" && "path" in frozenDetect);
  assert.equal(frozenDetect.path, Detect.path);
});

test("without options a request has the same bytes as the frozen contract's", () => {
  assert.ok(typeof frozenDetect === "object" && "requestSerialize" in frozenDetect);
  assert.deepEqual(Detect.requestSerialize(REQUEST), frozenDetect.requestSerialize(REQUEST));
});

test("a request with options survives the wire", () => {
  const options = {
    method: Method.METHOD_ADAPTIVE,
    threshold: 2.5,
    sensitivity: 3,
    sampleInterval: { seconds: 1, nanos: 5 },
    includeScores: true,
    direction: Direction.DIRECTION_UP,
    minDeviation: 0.5,
    minRelativeDeviation: 0.25,
    trigger: { k: 2, n: 3 },
    timeZone: "Europe/Berlin",
  };
  const bytes = Detect.requestSerialize({ ...REQUEST, options });
  assert.deepEqual(Detect.requestDeserialize(bytes), { ...REQUEST, ...LATER, options });
});

test("an absent message is null and an absent list is empty", () => {
  assert.deepEqual(Detect.requestDeserialize(Buffer.of()), {
    metrics: [],
    options: null,
    ...LATER,
  });
  assert.deepEqual(Detect.responseDeserialize(Buffer.of()), {
    indices: [],
    scores: [],
    lower: [],
    upper: [],
    expected: [],
    explanations: [],
    series: [],
    checkpoints: [],
  });
});

test("a response has the bytes of the contract: packed int32 of field 1", () => {
  // Field 1, length-delimited (0x0a); three bytes: 7, and 835 as the varint c3 06.
  const bytes = Detect.responseSerialize({ indices: [7, 835] });
  assert.equal(bytes.toString("hex"), "0a0307c306");
});

test("the descriptors are those of this contract and its imports", () => {
  const text = Buffer.from(descriptorSet()).toString("latin1");
  const source = readFileSync(new URL("../outliers.proto", import.meta.url), "utf8");
  for (const name of ["google/protobuf/timestamp.proto", "outliers.proto"]) {
    assert.ok(text.includes(name), name);
  }
  const names = source.matchAll(/^\s*(?:message|enum|service|rpc) (\w+)/gm);
  for (const [, name = ""] of names) assert.ok(text.includes(name), name);
});
