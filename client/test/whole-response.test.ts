import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { createDetectorClient } from "@outliers/client/detector-client";
import { IncompleteResponseError } from "@outliers/client/errors";
import {
  type DecodedRequest,
  type DecodedResponse,
  type DetectionOptions,
  Direction,
  Method,
  type OutliersResponse,
  State,
} from "@outliers/proto";
import { startDetector } from "@outliers/testing/detector";
import { startFakeDetector, wholeResponse } from "@outliers/testing/fake-detector";
import { normalFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { checkWhole, hasScores } from "../src/whole-response.ts";

const metrics = ["a", "a", "b", "a", "b"].map((name, at) => ({
  time: { seconds: at, nanos: 0 },
  name,
  value: at,
}));
const adaptive = { method: Method.METHOD_ADAPTIVE, includeScores: true };
const sigma = { method: Method.METHOD_SIGMA, includeScores: true };
const request = (options: DetectionOptions) => ({ metrics, options });

const whole = (outliers: readonly number[] = []): DecodedResponse =>
  wholeResponse(
    { metrics, options: null, checkpoints: [], normals: [], checkpointNames: [] },
    outliers,
  );

/** Invalid responses, and how the error describes them. */
const wrong: Record<string, [Partial<DecodedResponse>, RegExp]> = {
  "nothing at all": [
    { scores: [], lower: [], upper: [], expected: [], series: [] },
    /0 scores for 5 metrics/,
  ],
  "a score too few": [{ scores: [0.5, 0.5, 5, 0.5] }, /4 scores for 5 metrics/],
  "an upper bound too many": [{ upper: [2, 2, 2, 2, 2, 2] }, /6 upper for 5 metrics/],
  "no lower bounds": [{ lower: [] }, /0 lower for 5 metrics/],
  "a score that is not a number": [
    { scores: [0.5, 0.5, 5, Number.NaN, 0.5] },
    /scores\[3\] is NaN/,
  ],
  "an infinite bound": [
    { lower: [0, Number.NEGATIVE_INFINITY, 0, 0, 0] },
    /lower\[1\] is -Infinity/,
  ],
  "nothing expected": [{ expected: [Number.NaN, 1, 1, 1, 1] }, /expected\[0\] is NaN/],
  "an index below the first metric": [{ indices: [-1] }, /index -1 for 5 metrics/],
  "an index beyond the last metric": [{ indices: [5] }, /index 5 for 5 metrics/],
  "an index twice": [{ indices: [2, 2] }, /index 2 after 2/],
  "indices that fall": [{ indices: [2, 1] }, /index 1 after 2/],
  "an outlier with a low score": [
    { scores: [0.5, 0.5, 1, 0.5, 0.5] },
    /scores\[2\] is 1, but it is among the outliers/,
  ],
  "a high score without an outlier": [
    { scores: [7, 0.5, 5, 0.5, 0.5] },
    /scores\[0\] is 7, and it is not among the outliers/,
  ],
  "no explanation": [{ explanations: [] }, /0 explanations for 1 outliers/],
  "an explanation of another metric": [
    { explanations: whole([3]).explanations },
    /explanations\[0\] is of index 3, not 2/,
  ],
  "an explanation with another score": [
    { explanations: whole([2]).explanations.map((one) => ({ ...one, score: 6 })) },
    /explanations\[0\] differs/,
  ],
  "an explanation with a bound that is not a number": [
    { explanations: whole([2]).explanations.map((one) => ({ ...one, upper: Number.NaN })) },
    /explanations\[0\] differs/,
  ],
  "a direction that is none": [
    {
      explanations: whole([2]).explanations.map((one) => ({
        ...one,
        direction: Direction.DIRECTION_BOTH,
      })),
    },
    /explanations\[0\] has direction 1/,
  ],
  "a reason of three megabytes": [
    { explanations: whole([2]).explanations.map((one) => ({ ...one, reason: "r".repeat(3e6) })) },
    /a reason of 3000000 characters/,
  ],
  "a reason with control characters": [
    { explanations: whole([2]).explanations.map((one) => ({ ...one, reason: "x\0\u202ey" })) },
    /a reason with unprintable characters/,
  ],
  "no series": [{ series: [] }, /0 series instead of 2/],
  "a series that nobody asked for": [
    {
      series: [
        { name: "a", state: State.STATE_READY, eventOpen: false },
        { name: "nonsense", state: State.STATE_READY, eventOpen: false },
      ],
    },
    /series\[1\] is not one of the request's/,
  ],
  "a series twice": [
    {
      series: ["a", "b", "a"].map((name) => ({ name, state: State.STATE_READY, eventOpen: false })),
    },
    /3 series instead of 2/,
  ],
  "a state that is none": [
    {
      series: [
        { name: "a", state: State.STATE_UNSPECIFIED, eventOpen: false },
        { name: "b", state: State.STATE_READY, eventOpen: false },
      ],
    },
    /series\[0\] has state 0/,
  ],
};

describe("a complete response", () => {
  it("has everything that the contract promises", () => {
    for (const outliers of [[], [0], [2, 4], [0, 1, 2, 3, 4]]) {
      checkWhole("DetectStream", request(adaptive), whole(outliers));
      assert.equal(hasScores(whole(outliers)), true);
    }
  });

  it("needs only indices if nothing else was requested", () => {
    const response = { ...whole(), ...wrong["nothing at all"]?.[0], indices: [1, 4] };
    checkWhole("Detect", request({ method: Method.METHOD_MAD }), response);
    assert.throws(() => checkWhole("Detect", { metrics: [] }, response), IncompleteResponseError);
  });

  it("may come from a server of the first contract, which has only sigma and returns only indices", () => {
    const response = { ...whole(), ...wrong["nothing at all"]?.[0], indices: [1] };
    for (const options of [sigma, { includeScores: true }]) {
      checkWhole("Detect", request(options), response);
      assert.throws(() => checkWhole("DetectStream", request(options), response));
    }
    assert.throws(() =>
      checkWhole("Detect", request({ ...sigma, method: Method.METHOD_MAD }), response),
    );
    assert.equal(hasScores(response), false);
  });

  it("names a series as the wire encodes it: invalid Unicode is replaced", () => {
    const odd = [{ name: "\ud800", value: 1 }];
    const response = wholeResponse({
      metrics: [{ name: "\ufffd", value: 1, time: null }],
      options: null,
      checkpoints: [],
      normals: [],
      checkpointNames: [],
    });
    checkWhole("DetectStream", { metrics: odd, options: adaptive }, response);
  });

  for (const [what, [part, said]] of Object.entries(wrong)) {
    it(`does not have ${what}`, () => {
      const response = { ...whole([2]), explanations: whole([2]).explanations, ...part };
      if (part.scores?.length === 0) Object.assign(response, { indices: [], explanations: [] });
      assert.throws(
        () => checkWhole("DetectStream", request(adaptive), response),
        (error) => error instanceof IncompleteResponseError && said.test(error.message),
      );
    });
  }
});

describe("the detector's own responses are complete", () => {
  test("for any values, methods and triggers, windows and streams", async () => {
    await using detector = await startDetector({ maxPoints: 20_000, maxMessageBytes: 4 << 20 });
    const normal = normalFrom(7);
    const value = fc.oneof(
      { weight: 20, arbitrary: fc.noShrink(fc.constant(null)).map(() => normal()) },
      { weight: 1, arbitrary: fc.double({ min: -1e12, max: 1e12, noNaN: true }) },
    );
    const methods = [Method.METHOD_SIGMA, Method.METHOD_MAD, Method.METHOD_ADAPTIVE] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "ä"), value), { maxLength: 600 }),
        fc.constantFrom(...methods),
        fc.constantFrom(undefined, { k: 2, n: 3 }),
        async (samples, method, trigger) => {
          const options = { method, includeScores: true, ...(trigger ? { trigger } : {}) };
          const all = samples.map(([name, value], at) => ({
            name,
            value,
            time: { seconds: 1_700_000_000 + at, nanos: 0 },
          }));
          const client = createDetectorClient(`127.0.0.1:${detector.port}`, 20_000);
          const window = await client.detect(all, options);
          assert.equal(window.scores.length, all.length);
          if (method === Method.METHOD_ADAPTIVE) {
            const stream = client.openStream(options);
            for (const part of [all.slice(0, 200), all.slice(200)])
              await stream.send({ metrics: part });
          }
          client.close();
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** What a detector may do wrong, apart from the content of a single response. */
const faults: Record<string, (request: DecodedRequest) => OutliersResponse[]> = {
  empty: () => [{}],
  "a score too few": (of) => [{ ...wholeResponse(of), scores: [] }],
  "another series": (of) => [{ ...wholeResponse(of), series: [{ name: "nonsense", state: 3 }] }],
  "an outlier out of range": (of) => [{ ...wholeResponse(of), indices: [2147483647] }],
};

describe("a client returns no invalid response", () => {
  for (const [what, answer] of Object.entries(faults)) {
    test(`${what}: to a stream, and to a window`, async () => {
      await using fake = await startFakeDetector(answer);
      const client = createDetectorClient(`127.0.0.1:${fake.port}`, 10_000);
      const stream = client.openStream(adaptive);
      await assert.rejects(stream.send({ metrics }), IncompleteResponseError);
      assert.equal(stream.isOpen, false);
      await assert.rejects(client.detect(metrics, adaptive), IncompleteResponseError);
      assert.equal(fake.requests, 2, "no request is repeated");
      client.close();
    });
  }

  test("two responses to one request are invalid", async () => {
    await using fake = await startFakeDetector((of) => [wholeResponse(of), wholeResponse(of)]);
    const client = createDetectorClient(`127.0.0.1:${fake.port}`, 10_000);
    const stream = client.openStream(adaptive);
    await assert.rejects(
      stream.send({ metrics }),
      /IncompleteResponseError.*it belongs to no request/,
    );
    assert.equal(stream.isOpen, false);
    client.close();
  });

  test("an unrequested response fails the next request", async () => {
    let later: (response: OutliersResponse) => void = () => {};
    await using fake = await startFakeDetector((of, write) => {
      later = write;
      return [wholeResponse(of)];
    });
    const client = createDetectorClient(`127.0.0.1:${fake.port}`, 10_000);
    const stream = client.openStream(adaptive);
    await stream.send({ metrics });
    later({ indices: [0], scores: [77] });
    // It arrives the way the answer to a later request would.
    await client.openStream(adaptive).send({ metrics });
    assert.equal(stream.isOpen, true, "the fault has yet to be reported");
    await assert.rejects(stream.send({ metrics }), /it belongs to no request/);
    assert.equal(stream.isOpen, false);
    client.close();
  });

  test("a server of the first contract serves windows of sigma", async () => {
    await using fake = await startFakeDetector(() => [{ indices: [1, 3] }]);
    const client = createDetectorClient(`127.0.0.1:${fake.port}`, 10_000);
    const response = await client.detect(metrics, sigma);
    assert.deepEqual([response.indices, hasScores(response)], [[1, 3], false]);
    client.close();
  });
});
