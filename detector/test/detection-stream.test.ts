import assert from "node:assert/strict";
import { test } from "node:test";
import { EPOCH_SAMPLES } from "@outliers/detection/adaptive-series";
import { OutliersClient, type OutliersRequest } from "@outliers/proto";
import { normalFrom, randomFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { DetectionStream } from "../src/detection-stream.ts";
import { decodeWindow } from "../src/window.ts";
import { RequestDecoder } from "../src/wire/request-decoder.ts";

const START_S = 1_700_000_000;
const TRIGGER_SAMPLES = 1000;
const HISTORY = 2 * EPOCH_SAMPLES + TRIGGER_SAMPLES;

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
  options: { includeScores: true, sensitivity: 1, trigger: { k: 2, n: TRIGGER_SAMPLES } },
});

function judge(stream: DetectionStream, values: readonly number[], from: number, to: number) {
  const bytes = OutliersClient.service.Detect.requestSerialize(requestOf(values, from, to));
  const { indices, scores, lower, upper, expected, explanations, series } = stream.judge(
    decodeWindow(new RequestDecoder(), bytes, 1_000_000, "stream"),
  );
  return {
    scores,
    lower,
    upper,
    expected,
    series,
    flags: indices.map((index) => from + index),
    reasons: explanations?.map(({ reason }) => reason),
  };
}

test("verdicts after a reconnect with history equal those without one, over days", () => {
  const count = 4 * EPOCH_SAMPLES + 4321;
  const values = cpu(count);
  const whole = new DetectionStream(1);
  let flags = 0;
  // Breaks at odd places, within epochs and near their ends.
  for (let at = 0; at < count; at += 7919) {
    const end = Math.min(count, at + 7919);
    const undisturbed = judge(whole, values, at, end);
    const fresh = new DetectionStream(1);
    judge(fresh, values, Math.max(0, at - HISTORY - 1), at);
    assert.deepEqual(judge(fresh, values, at, end), undisturbed, `a break at ${at}`);
    flags += undisturbed.flags.length;
  }
  assert.ok(flags > 0, `${flags} flags`);
});

test("verdicts are the same whatever the batching", () => {
  const values = cpu(3000);
  const whole = judge(new DetectionStream(1), values, 0, values.length);
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const stream = new DetectionStream(1);
      const scores: number[] = [];
      const flags: number[] = [];
      for (let from = 0, turn = 0; from < values.length; turn++) {
        const to = Math.min(values.length, from + (lengths[turn % lengths.length] ?? 1));
        const part = judge(stream, values, from, to);
        scores.push(...(part.scores ?? []));
        flags.push(...part.flags);
        from = to;
      }
      assert.deepEqual(scores, whole.scores);
      assert.deepEqual(flags, whole.flags);
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

test("a clock that jumps ahead by days starts anew, and one that stands still is refused", () => {
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
