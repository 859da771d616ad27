import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Method, OutliersClient, type OutliersRequest } from "@outliers/proto";
import fc from "fast-check";
import { detect } from "../src/detect.ts";
import { RequestError } from "../src/errors.ts";

import { decodeWindow } from "../src/window.ts";
import { RequestDecoder } from "../src/wire/request-decoder.ts";
import { BYTES, bytes, double, metric, options, tag, uint, varint } from "./support/wire.ts";

const encode = (request: OutliersRequest): Buffer =>
  OutliersClient.service.Detect.requestSerialize(request);

/** The window of a request, with plain arrays for comparing. */
function decode(request: OutliersRequest) {
  const { series, points, settings } = decodeWindow(new RequestDecoder(), encode(request), 1000);
  const plain = series.map(({ name, values, positions: at }) => ({
    name,
    values: [...values],
    positions: [...at],
  }));
  const { method, options: asked, trigger } = settings;
  return { series: plain, points, method: method.name, trigger, ...asked };
}

test("without options it asks for sigma, with its defaults", () => {
  const window = {
    series: [],
    points: 0,
    method: "sigma",
    trigger: { k: 1, n: 1 },
    threshold: 0,
    sensitivity: 0,
    sampleIntervalMs: 0,
    direction: "both",
    minDeviation: 0,
    minRelativeDeviation: 0,
    timeZone: "UTC",
  };
  assert.deepEqual(decode({}), window);
  assert.deepEqual(decode({ options: {} }), window, "zero values mean the same");
});

test("metrics are split by name, with their positions in the request", () => {
  const metrics = [
    { name: "a", value: 1 },
    { name: "b", value: 20 },
    { name: "a", value: 3 },
    { name: "", value: -0.5 },
    { name: "__proto__", value: 5 },
  ];
  assert.deepEqual(decode({ metrics }).series, [
    { name: "a", values: [1, 3], positions: [0, 2] },
    { name: "b", values: [20], positions: [1] },
    { name: "", values: [-0.5], positions: [3] },
    { name: "__proto__", values: [5], positions: [4] },
  ]);
});

describe("a method, and what it is asked for", () => {
  const cases = [
    { method: Method.METHOD_UNSPECIFIED, name: "sigma" },
    { method: Method.METHOD_SIGMA, name: "sigma" },
    { method: Method.METHOD_MAD, name: "mad" },
    { method: Method.METHOD_ADAPTIVE, name: "adaptive" },
  ];
  for (const { method, name } of cases) {
    test(`method ${method} is ${name}`, () => {
      assert.equal(decode({ options: { method } }).method, name);
      assert.equal(decode({ options: { method } }).threshold, 0);
      assert.equal(decode({ options: { method, threshold: 2.5 } }).threshold, 2.5);
    });
  }

  test("the adaptive method's sensitivity and interval come in its units", () => {
    const sampleInterval = { seconds: 1, nanos: 500_000_000 };
    const { sensitivity, sampleIntervalMs } = decode({
      options: { sensitivity: 3, sampleInterval },
    });
    assert.deepEqual([sensitivity, sampleIntervalMs], [3, 1500]);
  });

  for (const sampleInterval of [{}, { seconds: -1 }]) {
    test(`an interval of ${sampleInterval.seconds ?? 0} s is refused`, () => {
      assert.throws(
        () => decode({ options: { sampleInterval } }),
        /sample_interval is -?\d s, .* positive/,
      );
    });
  }
});

test("fields that a later contract adds, and a body without metrics' fields, are accepted", () => {
  const later = [
    metric("a", 1),
    uint(99, 7),
    bytes(100, Buffer.from("later")),
    bytes(1, Buffer.of()),
  ];
  assert.deepEqual(
    decodeWindow(new RequestDecoder(), Buffer.concat(later), 10).series.map(({ name }) => name),
    ["a", ""],
  );
});

describe("a request that can't be judged is refused with what to change", () => {
  const long = Buffer.concat(Array.from({ length: 11 }, () => metric("a", 1)));
  const cases: { name: string; body: Buffer; code: RequestError["code"]; message: RegExp }[] = [
    ...[Number.NaN, Infinity, -Infinity].map((value) => ({
      name: `a value of ${value}`,
      body: Buffer.concat([metric("a", 1), metric('b"', value)]),
      code: "invalid" as const,
      message: new RegExp(
        `^metrics\\[1\\]\\.value is ${value} \\(series "b\\\\""\\), it must be a finite`,
      ),
    })),
    // Decoders replace such bytes, and the two names would be one series.
    ...[[0xff], [0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80]].map((name) => ({
      name: `a name of the bytes ${name.join(" ")}`,
      body: Buffer.concat([
        metric("a", 1),
        metric("\ufffd", 1),
        bytes(1, Buffer.concat([bytes(2, Buffer.from(name)), double(3, 1)])),
      ]),
      code: "invalid" as const,
      message: /^metrics\[2\]\.name ".*" is not valid UTF-8$/,
    })),
    {
      name: "a value in a series of a long name, which is cut",
      body: metric("long".repeat(10_000), Number.NaN),
      code: "invalid",
      message: /^.{1,200}$/,
    },
    ...[-1, -5e-324, Number.NaN, Infinity, -Infinity].map((threshold) => ({
      name: `a threshold of ${threshold}`,
      body: options(2, threshold),
      code: "invalid" as const,
      message: new RegExp(`^options\\.threshold is ${threshold}, .* positive .* default$`),
    })),
    ...[4, 99, -1, 2 ** 31 - 1].map((method) => ({
      name: `method ${method}`,
      body: options(method, 2),
      code: "invalid" as const,
      message: new RegExp(`^options\\.method ${method} is unknown, .* METHOD_ADAPTIVE \\(3\\)$`),
    })),
    {
      name: "more points than the limit",
      body: long,
      code: "over_limit",
      message: /^the request has 11 metrics, the limit is 10 \(MAX_POINTS\)/,
    },
    {
      name: "a length that is longer than the body",
      body: Buffer.concat([tag(1, BYTES), varint(1000), Buffer.from("x")]),
      code: "invalid",
      message: /^the body is not a pb\.OutliersRequest: /,
    },
    {
      name: "a varint without an end",
      body: Buffer.alloc(20, 0xff),
      code: "invalid",
      message: /^the body is not a pb\.OutliersRequest: /,
    },
    {
      name: "groups nested beyond every stack",
      body: Buffer.alloc(2_000_000, tag(7, 3)),
      code: "invalid",
      message: /^the body is not a pb\.OutliersRequest: /,
    },
  ];
  for (const { name, body, code, message } of cases) {
    test(name, () => {
      assert.throws(
        () => decodeWindow(new RequestDecoder(), body, 10),
        (error) =>
          error instanceof RequestError && error.code === code && message.test(error.message),
      );
    });
  }
});

test("series that are interleaved in one request get the verdicts that each gets alone", () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(500, -500));
  const metrics = fc.array(fc.record({ name: fc.constantFrom("a", "b", "c"), value }), {
    maxLength: 60,
  });
  const judge = (request: OutliersRequest) =>
    detect(decodeWindow(new RequestDecoder(), encode(request), 1000)).indices;
  fc.assert(
    fc.property(metrics, fc.constantFrom(0, 1, 2), (all, method) => {
      const alone = ["a", "b", "c"].flatMap((name) => {
        const positions = [...all.keys()].filter((at) => all[at]?.name === name);
        const found = judge({
          metrics: all.filter((m) => m.name === name),
          options: { method },
        });
        return found.map((at) => positions[at] ?? -1);
      });
      assert.deepEqual(
        judge({ metrics: all, options: { method } }),
        alone.toSorted((a, b) => a - b),
      );
    }),
  );
});
