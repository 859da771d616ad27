import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDetectorClient } from "@outliers/client/detector-client";
import { IncompleteResponseError, isPermanent } from "@outliers/client/errors";
import { type DetectionOptions, Method, type Metric } from "@outliers/proto";
import { startDetector } from "@outliers/testing/detector";
import { freePort, startFakeDetector } from "@outliers/testing/fake-detector";

const adaptive = { method: Method.METHOD_ADAPTIVE };
const metric = (name: string, seconds?: number): Metric => ({
  name,
  value: 1,
  ...(seconds === undefined ? {} : { time: { seconds, nanos: 0 } }),
});
const many = Array.from({ length: 30 }, (_, at) => metric(`s${at}`, at));

type Case = {
  options?: DetectionOptions;
  metrics: Metric[];
  isStream?: boolean;
  isPermanent: boolean;
};

const detectorLimits = {
  maxPoints: 20,
  streams: { maxSeries: 10, idleTimeoutMs: 60_000, maxAgeMs: 60_000 },
};

const cases: Record<string, Case> = {
  "a value that is not finite": {
    metrics: [{ name: "a", value: Number.NaN }],
    isPermanent: true,
  },
  "an option out of range": {
    options: { threshold: -1 },
    metrics: [metric("a")],
    isPermanent: true,
  },
  "a metric without a time, on a stream": {
    metrics: [metric("a")],
    isStream: true,
    isPermanent: true,
  },
  "a name that is too long, on a stream": {
    metrics: [metric("a".repeat(2000), 1)],
    isStream: true,
    isPermanent: true,
  },
  "more metrics than a request may have": { metrics: many, isPermanent: true },
  "more bytes than a request may have": {
    metrics: [metric("a".repeat(100_000))],
    isPermanent: true,
  },
  "more series than a stream may hold": {
    metrics: many.slice(0, 15),
    isStream: true,
    isPermanent: true,
  },
};

async function failureOf(
  port: number,
  { options = adaptive, metrics, isStream }: Case,
): Promise<unknown> {
  const client = createDetectorClient(`127.0.0.1:${port}`, 10_000);
  try {
    await (isStream
      ? client.openStream(options).send({ metrics })
      : client.detect(metrics, options));
    return undefined;
  } catch (error) {
    return error;
  } finally {
    client.close();
  }
}

describe("a refusal is permanent if the request itself has to change", () => {
  for (const [what, one] of Object.entries(cases)) {
    test(what, async () => {
      await using detector = await startDetector(detectorLimits);
      const failure = await failureOf(detector.port, one);
      assert.ok(failure instanceof Error);
      assert.equal(isPermanent(failure), one.isPermanent, failure.message);
    });
  }

  test("a full replica may have room later", async () => {
    const calls = { maxCalls: 0, maxStreams: 0 };
    await using full = await startDetector({ calls });
    for (const isStream of [false, true]) {
      const one = { metrics: [metric("a", 1)], isStream, isPermanent: false };
      const failure = await failureOf(full.port, one);
      assert.ok(failure instanceof Error);
      assert.match(failure.message, /RESOURCE_EXHAUSTED/);
      assert.equal(isPermanent(failure), false);
    }
  });

  test("a replica that is down, or returns invalid responses, may recover", async () => {
    const one: Case = { metrics: [metric("a", 1)], isPermanent: false };
    assert.equal(isPermanent(await failureOf(await freePort(), one)), false);
    assert.equal(isPermanent(new IncompleteResponseError("3 scores for 4 metrics")), false);
    assert.equal(isPermanent(new Error("no status at all")), false);
  });
});

test("a status has no more text than fits into a log line", async () => {
  await using fake = await startFakeDetector(() => ({ code: 13, details: "boom ".repeat(500) }));
  for (const isStream of [false, true]) {
    const failure = await failureOf(fake.port, {
      metrics: [metric("a", 1)],
      isStream,
      isPermanent: false,
    });
    assert.ok(failure instanceof Error);
    assert.match(failure.message, /^13 INTERNAL: (boom )+…$/);
    assert.ok(failure.message.length < 1100);
  }
});
