import assert from "node:assert/strict";
import { test } from "node:test";
import { type Checkpoint, OutliersClient, type OutliersRequest } from "@outliers/proto";
import { normalFrom, randomFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { DetectionStream } from "../src/detection-stream.ts";
import { RequestError } from "../src/errors.ts";
import { decodeWindow } from "../src/window.ts";
import { RequestDecoder } from "../src/wire/request-decoder.ts";

const START_S = 1_700_000_000;
/** A host that idles, with a burst now and then and an hourly job. */
function cpu(count: number): number[] {
  const normal = normalFrom(11);
  const random = randomFrom(12);
  let left = 0;
  return Array.from({ length: count }, (_, time) => {
    if (random() < 1 / 2000) left = 5 + Math.floor(20 * random());
    left -= 1;
    const isBusy = left > 0 || time % 3600 < 30;
    return Math.max(0, 3 + normal()) + (isBusy ? 60 + 10 * random() : 0);
  });
}

const requestOf = (values: readonly number[], from: number, to: number): OutliersRequest => ({
  metrics: values.slice(from, to).map((value, at) => ({
    time: { seconds: START_S + from + at },
    name: "cpu",
    value,
  })),
  options: { includeScores: true, sensitivity: 1, trigger: { k: 2, n: 1000 } },
});

const decode = (request: OutliersRequest) =>
  decodeWindow(
    new RequestDecoder(),
    OutliersClient.service.Detect.requestSerialize(request),
    1_000_000,
    "stream",
  );

function judge(stream: DetectionStream, values: readonly number[], from: number, to: number) {
  const { indices, scores, lower, upper, expected, explanations, series } = stream.judge(
    decode(requestOf(values, from, to)),
  );
  return {
    scores,
    lower,
    upper,
    expected,
    series,
    outliers: indices.map((index) => from + index),
    explanations: explanations?.map(({ reason, event }) => [reason, event]),
  };
}

/** The checkpoint of the series of a stream. */
function checkpointOf(stream: DetectionStream) {
  const { checkpoints } = stream.judge(decode({ checkpointNames: ["cpu", "unknown"] }));
  assert.equal(checkpoints?.length, 1);
  return checkpoints[0] ?? assert.fail();
}

/** A new stream that goes on from a checkpoint. */
function resumed(...checkpoints: readonly Checkpoint[]): DetectionStream {
  const stream = new DetectionStream(1);
  stream.judge(
    decode({ checkpoints: [...checkpoints], options: requestOf([], 0, 0).options ?? null }),
  );
  return stream;
}

test("verdicts after a resume equal those without a break, wherever it is", () => {
  const values = cpu(6000);
  const whole = judge(new DetectionStream(1), values, 0, values.length);
  assert.ok(whole.outliers.length > 0);
  fc.assert(
    fc.property(fc.array(fc.nat(values.length), { maxLength: 4 }), (cuts) => {
      const ends = [...cuts.toSorted((a, b) => a - b), values.length];
      let stream = new DetectionStream(1);
      let from = 0;
      const parts = ends.map((to) => {
        const part = judge(stream, values, from, to);
        from = to;
        if (to > 0) stream = resumed(checkpointOf(stream));
        return part;
      });
      assert.deepEqual(
        parts.flatMap(({ scores = [] }) => scores),
        whole.scores,
      );
      assert.deepEqual(
        parts.flatMap(({ explanations = [] }) => explanations),
        whole.explanations,
      );
    }),
    { numRuns: 15 },
  );
});

test("a checkpoint says of when it is, and a series goes on after that alone", () => {
  const stream = new DetectionStream(1);
  const values = cpu(500);
  judge(stream, values, 0, 500);
  const checkpoint = checkpointOf(stream);
  assert.deepEqual(checkpoint.time, { seconds: START_S + 499, nanos: 0 });
  assert.throws(() => judge(resumed(checkpoint), values, 499, 500), /not after the one before it/);
});

test("a checkpoint that can't be used is refused by a status of its own, with its series", () => {
  const stream = new DetectionStream(1);
  judge(stream, cpu(500), 0, 500);
  const checkpoint = checkpointOf(stream);
  const bytes = Uint8Array.from(Buffer.from(checkpoint.state ?? ""));
  const damaged = bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte));
  for (const [what, wrong] of Object.entries({
    empty: new Uint8Array(0),
    "cut off": bytes.subarray(0, 100),
    damaged,
  })) {
    assert.throws(
      () => resumed({ ...checkpoint, state: Buffer.from(wrong) }),
      (error) =>
        error instanceof RequestError &&
        error.code === "bad_checkpoint" &&
        /series "cpu": .*send the samples that you have instead/.test(error.message),
      what,
    );
  }
  assert.throws(() => resumed(checkpoint, checkpoint), /holds the series "cpu" already/);
});

test("what was called normal is no outlier from then on, until it is taken back", () => {
  const burst = Array.from({ length: 60 }, () => 80);
  const calm = cpu(3000).map((value) => Math.min(value, 8));
  const values = [...calm, ...burst, ...calm.slice(0, 2000), ...burst];
  const begin = () => {
    const stream = new DetectionStream(1);
    judge(stream, values, 0, 3060);
    return stream;
  };
  // With what came before it, as the means over several values rise there.
  const { metrics = [] } = requestOf(values, 2980, 3060);
  const normal = { id: "backup", name: "cpu", metrics };
  const outliers = (stream: DetectionStream) => judge(stream, values, 3060, values.length).outliers;
  const untold = begin();
  assert.ok(outliers(untold).some((at) => at >= 5060));
  const told = begin();
  told.judge(decode({ normals: [normal] }));
  assert.deepEqual(
    outliers(resumed(checkpointOf(told))).filter((at) => at >= 5060),
    [],
    "it is in the checkpoint",
  );
  const takenBack = begin();
  takenBack.judge(decode({ normals: [normal, { ...normal, metrics: [] }] }));
  assert.ok(outliers(takenBack).some((at) => at >= 5060));
});

test("verdicts are the same whatever the batching", () => {
  const values = cpu(3000);
  const whole = judge(new DetectionStream(1), values, 0, values.length);
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const stream = new DetectionStream(1);
      const scores: number[] = [];
      const outliers: number[] = [];
      for (let from = 0, turn = 0; from < values.length; turn++) {
        const to = Math.min(values.length, from + (lengths[turn % lengths.length] ?? 1));
        const part = judge(stream, values, from, to);
        scores.push(...(part.scores ?? []));
        outliers.push(...part.outliers);
        from = to;
      }
      assert.deepEqual(scores, whole.scores);
      assert.deepEqual(outliers, whole.outliers);
    }),
    { numRuns: 30 },
  );
});

test("a name longer than a stream keeps is refused, and cut in the message", () => {
  const time = { seconds: START_S };
  const requestWith = (name: string) =>
    decodeWindow(
      new RequestDecoder(),
      OutliersClient.service.Detect.requestSerialize({ metrics: [{ time, name, value: 1 }] }),
      10,
      "stream",
    );
  new DetectionStream(1).judge(requestWith("ü".repeat(512)));
  assert.throws(
    () => new DetectionStream(1).judge(requestWith("ü".repeat(513))),
    ({ message }: Error) =>
      /1026 bytes, a stream keeps at most 1024/.test(message) && message.length < 300,
  );
});

test("a clock may jump ahead by days, but not stand still", () => {
  const stream = new DetectionStream(1);
  const values = cpu(1000);
  judge(stream, values, 0, 1000);
  const later = values.map((value, at) => ({
    time: { seconds: START_S + 20 * 86_400 + at },
    name: "cpu",
    value,
  }));
  const bytes = OutliersClient.service.Detect.requestSerialize({ metrics: later });
  const { series } = stream.judge(decodeWindow(new RequestDecoder(), bytes, 1_000_000, "stream"));
  assert.equal(series?.length, 1);
  assert.throws(() => judge(stream, values, 0, 1), /not after the one before it/);
});
