import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DecodedRequest, OutliersClient } from "@outliers/proto";
import fc from "fast-check";
import { RequestDecoder } from "../../src/wire/request-decoder.ts";
import { BYTES, bytes, double, FIXED32, tag, uint, varint } from "../support/wire.ts";

const decoder = new RequestDecoder();

/** The same as protobufjs decodes it, series by series. */
function byLibrary(message: Buffer) {
  const request: DecodedRequest = OutliersClient.service.Detect.requestDeserialize(message);
  const names = [...new Set(request.metrics.map(({ name }) => name))];
  return {
    points: request.metrics.length,
    series: names.map((name) => {
      const of = request.metrics.flatMap((one, at) => (one.name === name ? [{ ...one, at }] : []));
      return {
        name,
        values: of.map(({ value }) => value),
        timesMs: of.map(({ time }) => (time ? time.seconds * 1000 + time.nanos / 1e6 : Number.NaN)),
        positions: of.map(({ at }) => at),
      };
    }),
  };
}

function byWire(message: Buffer, maxPoints = 1_000_000) {
  const { points, series } = decoder.decode(message, maxPoints, true);
  const plain = series.map(({ name, values, timesMs, positions }) => ({
    name,
    values: [...values],
    timesMs: [...timesMs],
    positions: [...positions],
  }));
  return { points, series: plain };
}

const concat = (parts: readonly Buffer[]): Buffer => Buffer.concat([...parts]);

/** A varint in as many bytes as it may take, however small it is. */
function longVarint(value: number, length: number): Buffer {
  const short = varint(value);
  if (length <= short.length) return short;
  const padded = Buffer.alloc(length, 0x80);
  for (const [at, byte] of short.entries()) padded[at] = byte | 0x80;
  padded[length - 1] = 0;
  return padded;
}

const unknownField = fc.oneof(
  fc.tuple(fc.integer({ min: 6, max: 5000 }), fc.maxSafeNat()).map(([n, v]) => uint(n, v)),
  fc
    .tuple(fc.integer({ min: 6, max: 5000 }), fc.uint8Array({ maxLength: 9 }))
    .map(([n, v]) => bytes(n, v)),
  fc.integer({ min: 6, max: 5000 }).map((n) => double(n, 1.5)),
  fc.integer({ min: 6, max: 5000 }).map((n) => concat([tag(n, FIXED32), Buffer.alloc(4, 7)])),
  // A group with a field in it, as no one writes them any more.
  fc
    .integer({ min: 6, max: 5000 })
    .map((n) => concat([tag(n, 3), uint(1, 300), double(2, 1), tag(n, 4)])),
);

const seconds = fc.integer({ min: -1e10, max: 1e11 });
const time = fc
  .array(
    fc.oneof(
      seconds.map((value) => uint(1, value)),
      fc.integer({ min: -5, max: 999_999_999 }).map((value) => uint(2, value)),
      unknownField,
    ),
    { maxLength: 4 },
  )
  .map(concat);
const name = fc.oneof(
  fc.constantFrom("cpu", "", "load1", "cpu_utilization_percent", "__proto__", "größe", "🔥"),
  fc.string({ maxLength: 5 }),
);
/** One metric's fields in any order; each but the time any number of times. */
const metricBody = fc
  .tuple(
    fc.array(
      fc.oneof(
        name.map((text) => bytes(2, Buffer.from(text))),
        fc.double().map((value) => double(3, value)),
        unknownField,
      ),
      { maxLength: 6 },
    ),
    fc.option(time),
    fc.nat(6),
  )
  .map(([fields, at, place]) =>
    concat(at ? [...fields.slice(0, place), bytes(1, at), ...fields.slice(place)] : fields),
  );
const metricField = fc
  .tuple(metricBody, fc.integer({ min: 1, max: 5 }))
  .map(([body, length]) => concat([tag(1, BYTES), longVarint(body.length, length), body]));
const message = fc
  .array(fc.oneof({ weight: 4, arbitrary: metricField }, unknownField), { maxLength: 30 })
  .map(concat);

describe("a request on the wire", () => {
  test("is what the library decodes, whatever its fields' order, repeats and unknown ones", () => {
    fc.assert(
      fc.property(message, (wire) => {
        assert.deepEqual(byWire(wire), byLibrary(wire));
      }),
      { numRuns: 2000 },
    );
  });

  test("is what the library decodes of any request that the library writes", () => {
    const metric = fc.record(
      {
        name: fc.string(),
        value: fc.double(),
        time: fc.record({ seconds, nanos: fc.nat(999_999_999) }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(metric, { maxLength: 50 }), (metrics) => {
        const wire = OutliersClient.service.Detect.requestSerialize({ metrics });
        assert.deepEqual(byWire(wire), byLibrary(wire));
      }),
    );
  });

  test("has the same values when its times are not wanted", () => {
    fc.assert(
      fc.property(message, (wire) => {
        const withTimes = decoder.decode(wire, 1000, true).series.map(({ values }) => [...values]);
        const without = decoder.decode(wire, 1000, false).series.map(({ values }) => [...values]);
        assert.deepEqual(without, withTimes);
      }),
    );
  });

  // Most metrics are alike, and then several are read in one go.
  test("is what the library decodes of long series, where a metric that differs stands among many", () => {
    const usualName = fc.constantFrom("a", "cpu", "cpt", "load1", "n".repeat(127), "n".repeat(128));
    const usual = fc
      .tuple(usualName, fc.double({ noDefaultInfinity: true }), fc.constantFrom(0, 1, 2, 3))
      .map(([text, value, kind]) =>
        concat([
          ...(kind === 0
            ? []
            : [bytes(1, uint(1, 1_700_000_000)), bytes(1, uint(2, 5))].slice(0, kind)),
          bytes(2, Buffer.from(text)),
          // As a number of another field, it is skipped, and the value is 0.
          double(kind === 3 ? 9 : 3, value),
        ]),
      )
      .map((body) => bytes(1, body));
    const repeated = fc
      .tuple(fc.oneof({ weight: 9, arbitrary: usual }, metricField), fc.integer({ min: 1, max: 5 }))
      .map(([one, times]) => concat(Array.from({ length: times }, () => one)));
    const long = fc.array(repeated, { maxLength: 12 }).map(concat);
    const values = (series: readonly { name: string; values: Iterable<number> }[]) =>
      series.map(({ name, values }) => ({ name, values: [...values] }));
    fc.assert(
      fc.property(long, fc.nat(), fc.option(fc.nat(255)), (wire, place, byte) => {
        if (byte !== null && wire.length > 0) wire[place % wire.length] = byte;
        let expected: ReturnType<typeof byWire>;
        try {
          expected = byWire(wire);
        } catch {
          // Times are looked into only where they are wanted.
          return;
        }
        assert.deepEqual(
          values(decoder.decode(wire, 1_000_000, false).series),
          values(expected.series),
        );
      }),
      { numRuns: 5000 },
    );
  });

  test("a metric with field number 0 is refused after one whose tag is in more bytes than it needs", () => {
    const rest = concat([Buffer.of(1, 97), double(3, 1)]);
    const padded = bytes(1, concat([Buffer.of(0x92, 0), rest]));
    const zero = bytes(1, concat([Buffer.of(0), rest]));
    assert.throws(() => decoder.decode(concat([padded, zero]), 10, false), /field number 0/);
  });

  test("has its seconds as int64: of any size, of either sign, in ten bytes at most", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const wire = bytes(1, bytes(1, uint(1, value)));
        assert.deepEqual(byWire(wire).series[0]?.timesMs, [Number(value) * 1000]);
      }),
    );
  });

  test("never makes more of its bytes than a refusal", () => {
    const mutation = fc.tuple(message, fc.nat(), fc.nat(255), fc.nat());
    fc.assert(
      fc.property(mutation, ([wire, place, byte, cut]) => {
        const broken = Buffer.from(wire);
        if (broken.length > 0) broken[place % broken.length] = byte;
        const cutOff = broken.subarray(0, cut % (broken.length + 1));
        for (const bad of [broken, cutOff]) {
          try {
            const { points, series } = byWire(bad);
            const placed = series.flatMap(({ positions }) => positions).sort((a, b) => a - b);
            assert.deepEqual(
              placed,
              Array.from({ length: points }, (_, at) => at),
            );
          } catch (error) {
            assert.ok(error instanceof Error && error.constructor === Error, String(error));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("is refused when it is cut off anywhere within a metric", () => {
    const body = concat([
      bytes(1, uint(1, 1_700_000_000)),
      bytes(2, Buffer.from("a")),
      double(3, 1),
    ]);
    const wire = bytes(1, body);
    for (let length = 1; length < wire.length; length++) {
      assert.throws(
        () => decoder.decode(wire.subarray(0, length), 10, true),
        /cut off|within a field/,
      );
    }
  });
});

describe("of what the library does otherwise, the specification's way is taken", () => {
  test("a time in parts is merged", () => {
    const parts = concat([bytes(1, uint(1, 5)), bytes(1, uint(2, 500_000_000)), double(3, 1)]);
    assert.deepEqual(byWire(bytes(1, parts)).series[0]?.timesMs, [5500]);
  });

  test("options in parts are merged", () => {
    const wire = concat([bytes(2, uint(1, 2)), bytes(2, double(2, 5))]);
    const { options } = decoder.decode(wire, 10, true);
    assert.deepEqual(options, concat([uint(1, 2), double(2, 5)]));
  });

  test("a known field of another wire type is an unknown one", () => {
    const wire = bytes(1, concat([uint(3, 7), double(2, 1), double(3, 4)]));
    assert.deepEqual(byWire(wire).series, [
      { name: "", values: [4], timesMs: [Number.NaN], positions: [0] },
    ]);
  });
});

describe("limits", () => {
  test("metrics beyond the limit are counted, not kept", () => {
    const wire = concat(Array.from({ length: 5 }, (_, at) => bytes(1, double(3, at))));
    const { points, series } = byWire(wire, 3);
    assert.equal(points, 5);
    assert.deepEqual(series[0]?.values, [0, 1, 2]);
  });

  test("more metrics than were ever decoded before fit", () => {
    const wire = concat(Array.from({ length: 5000 }, (_, at) => bytes(1, double(3, at))));
    assert.equal(byWire(wire).series[0]?.values[4999], 4999);
  });

  test("groups may not be nested without end", () => {
    const deep = Buffer.alloc(100_000, tag(9, 3));
    assert.throws(() => decoder.decode(deep, 10, true), /wire type 3/);
  });
});
