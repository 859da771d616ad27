import assert from "node:assert/strict";
import { once } from "node:events";
import { after, describe, test } from "node:test";
import { status as Status, type StatusObject } from "@grpc/grpc-js";
import {
  type DecodedResponse,
  Direction,
  EventPhase,
  Method,
  type Metric,
  OutliersClient,
  type OutliersRequest,
  State,
} from "@outliers/proto";
import { waitFor } from "@outliers/service/wait-for";
import { startDetector } from "@outliers/testing/detector";
import { normalFrom } from "@outliers/testing/random";
import { read } from "./support/metrics.ts";

const detector = await startDetector();
after(() => detector[Symbol.asyncDispose]());

/** Values one second apart. */
const metricsOf = (values: readonly number[], from = 0, name = "cpu"): Metric[] =>
  values.map((value, at) => ({ time: { seconds: 1_700_000_000 + from + at }, name, value }));

/** A stream: send a request and get its response, or the status that ends the stream. */
function open({ stub } = detector) {
  const call = stub.DetectStream();
  const status = new Promise<StatusObject>((resolve) => call.on("status", resolve));
  call.on("error", () => {});
  return {
    call,
    status,
    ask: async (request: OutliersRequest): Promise<DecodedResponse> => {
      call.write(request);
      const [response] = await once(call, "data", { signal: AbortSignal.timeout(20_000) });
      return response;
    },
  };
}

const idle = (count: number, seed = 1): number[] => {
  const normal = normalFrom(seed);
  return Array.from({ length: count }, () => 3 + normal());
};

test("each request gets one answer, about its own metrics, by what came before", async () => {
  const { ask, call } = open();
  const options = { includeScores: true };
  const first = await ask({ metrics: metricsOf(idle(500)), options });
  assert.equal(first.scores.length, 500);
  assert.deepEqual(first.series, [{ name: "cpu", state: State.STATE_READY, eventOpen: false }]);
  const second = await ask({ metrics: metricsOf([3, 97, 3.1], 500) });
  assert.deepEqual(second.indices, [1]);
  const [explanation] = second.explanations;
  assert.equal(explanation?.index, 1);
  assert.equal(explanation?.direction, Direction.DIRECTION_UP);
  assert.ok((explanation?.score ?? 0) > 1 && explanation?.score === second.scores[1]);
  assert.ok((explanation?.expected ?? 0) > 1 && (explanation?.expected ?? 0) < 5);
  assert.ok((explanation?.upper ?? 0) < 97);
  assert.notEqual(explanation?.reason, "");
  call.end();
});

test("the first outlier begins an event, those that follow it continue it, across requests", async () => {
  const { ask, call } = open();
  const options = { includeScores: true };
  await ask({ metrics: metricsOf(idle(500)), options });
  const first = await ask({ metrics: metricsOf([97, 97], 500) });
  const { EVENT_PHASE_BEGINS, EVENT_PHASE_CONTINUES } = EventPhase;
  const phases = ({ explanations }: typeof first) => explanations.map(({ event }) => event);
  assert.deepEqual(phases(first), [EVENT_PHASE_BEGINS, EVENT_PHASE_CONTINUES]);
  assert.equal(first.series[0]?.eventOpen, true);
  const second = await ask({ metrics: metricsOf([97, ...idle(50)], 502) });
  assert.deepEqual(phases(second), [EVENT_PHASE_CONTINUES]);
  assert.equal(second.series[0]?.eventOpen, true);
  const third = await ask({ metrics: metricsOf(idle(60), 553) });
  assert.equal(third.series[0]?.eventOpen, false, "100 samples after the last outlier");
  call.end();
});

test("series of one stream are judged by themselves, and interleaved as they come", async () => {
  const { ask, call } = open();
  const calm = idle(400);
  const metrics = calm.flatMap((value, at) => [
    ...metricsOf([value], at, "a"),
    ...metricsOf([1000 - value], at, "b"),
  ]);
  await ask({ metrics });
  const next = [...metricsOf([997], 400, "b"), ...metricsOf([997], 400, "a")];
  assert.deepEqual((await ask({ metrics: next })).indices, [1]);
  call.end();
});

test("without metrics there is an answer without outliers", async () => {
  const { ask, call } = open();
  assert.deepEqual((await ask({})).indices, []);
  call.end();
});

test("METHOD_ADAPTIVE over a stream flags what it flags in a window", async () => {
  const values = idle(900).map((value, at) => (at === 600 ? 60 : value));
  const options = { method: Method.METHOD_ADAPTIVE, includeScores: true };
  const { ask, call } = open();
  const metrics = metricsOf(values);
  const streamed = await ask({ metrics, options });
  const window = await new Promise<DecodedResponse>((resolve, reject) => {
    detector.stub.Detect({ metrics, options }, (error, response) =>
      response ? resolve(response) : reject(error),
    );
  });
  assert.deepEqual(streamed, window);
  assert.ok(streamed.indices.includes(600));
  call.end();
});

describe("a request that a stream can't take ends it, with a status that says why", () => {
  const good: OutliersRequest = { metrics: metricsOf([1, 2, 3]) };
  const cases: { name: string; requests: OutliersRequest[]; code: Status; details: RegExp }[] = [
    {
      name: "a time that is repeated",
      requests: [good, { metrics: metricsOf([4], 2) }],
      code: Status.INVALID_ARGUMENT,
      details: /^metrics\[0\]\.time \(series "cpu"\) is 2023-11-14T22:13:22\.000Z, not after/,
    },
    {
      name: "a time out of order within a request",
      requests: [{ metrics: metricsOf([1, 2]).reverse() }],
      code: Status.INVALID_ARGUMENT,
      details: /^metrics\[1\]\.time .* not after the one before it, 2023-11-14T22:13:21/,
    },
    {
      name: "a metric without a time",
      requests: [{ metrics: [{ name: "cpu", value: 1 }] }],
      code: Status.INVALID_ARGUMENT,
      details: /^metrics\[0\]\.time \(series "cpu"\) is missing/,
    },
    {
      name: "times that are 100 ns apart",
      requests: [
        {
          metrics: [0, 100, 200, 300].map((nanos) => ({
            time: { seconds: 1_700_000_000, nanos },
            name: "cpu",
            value: 1,
          })),
        },
      ],
      code: Status.INVALID_ARGUMENT,
      details: /^metrics\[1\]\.time .* not after the one before it, .* by a microsecond at least/,
    },
    ...[-1, 1_000_000_000].map((nanos) => ({
      name: `a time of ${nanos} nanos`,
      requests: [{ metrics: [{ time: { seconds: 1, nanos }, name: "cpu", value: 1 }] }],
      code: Status.INVALID_ARGUMENT,
      details:
        /^metrics\[0\]\.time \(series "cpu"\) has nanos -?\d+, they must be from 0 to 999999999/,
    })),
    ...[253_402_300_800, -62_135_596_801].map((seconds) => ({
      name: `a time beyond the years 1 to 9999, ${seconds}`,
      requests: [{ metrics: [{ time: { seconds }, name: "cpu", value: 1 }] }],
      code: Status.INVALID_ARGUMENT,
      details: /^metrics\[0\]\.time \(series "cpu"\) has seconds -?\d+, .* the years 1 to 9999/,
    })),
    {
      name: "an interval of 1 ns",
      requests: [{ options: { sampleInterval: { nanos: 1 } } }],
      code: Status.INVALID_ARGUMENT,
      details: /^options\.sample_interval is 1e-9 s, it must be positive, from 0\.001 s/,
    },
    {
      name: "an interval whose parts have different signs",
      requests: [{ options: { sampleInterval: { seconds: 1, nanos: -1 } } }],
      code: Status.INVALID_ARGUMENT,
      details: /^options\.sample_interval has seconds 1 and nanos -1, .* of the same sign/,
    },
    {
      name: "a value that is not finite",
      requests: [{ metrics: metricsOf([Number.NaN]) }],
      code: Status.INVALID_ARGUMENT,
      details: /^metrics\[0\]\.value is NaN/,
    },
    {
      name: "a method that has no memory",
      requests: [{ ...good, options: { method: Method.METHOD_MAD } }],
      code: Status.INVALID_ARGUMENT,
      details: /^options\.method mad judges whole windows: use Detect/,
    },
    {
      name: "options that change",
      requests: [good, { options: { minDeviation: 5 } }],
      code: Status.INVALID_ARGUMENT,
      details: /^options differ from those of the stream's first request/,
    },
    {
      name: "more series than a stream may hold",
      requests: [
        { metrics: Array.from({ length: 101 }, (_, at) => metricsOf([1], 0, `s${at}`)).flat() },
      ],
      code: Status.RESOURCE_EXHAUSTED,
      details: /^the stream holds 100 series, the limit is 100 \(MAX_STREAM_SERIES\)/,
    },
    {
      name: "more metrics than a request may hold",
      requests: [{ metrics: metricsOf(Array.from({ length: 1001 }, () => 1)) }],
      code: Status.RESOURCE_EXHAUSTED,
      details: /the limit is 1000 \(MAX_POINTS\)/,
    },
  ];
  for (const { name, requests, code, details } of cases) {
    test(name, async () => {
      const { call, status } = open();
      call.on("data", () => {});
      for (const request of requests) call.write(request);
      const ended = await status;
      assert.equal(ended.code, code, ended.details);
      assert.match(ended.details, details);
    });
  }
});

test("options may be repeated", async () => {
  const { ask, call } = open();
  const options = { minDeviation: 5 };
  await ask({ metrics: metricsOf([1]), options });
  assert.deepEqual((await ask({ metrics: metricsOf([1], 1), options })).indices, []);
  call.end();
});

test("a stream that goes idle is ended: UNAVAILABLE, open a new one", async () => {
  await using impatient = await startDetector({
    streams: { maxSeries: 1, idleTimeoutMs: 100, maxAgeMs: 3_600_000 },
  });
  const { code, details } = await open(impatient).status;
  assert.equal(code, Status.UNAVAILABLE);
  assert.match(details, /was idle for 0\.1 s \(STREAM_IDLE_TIMEOUT\): open a new one/);
});

test("a stream that has reached its age is ended, however busy: UNAVAILABLE", async () => {
  await using strict = await startDetector({
    streams: { maxSeries: 1, idleTimeoutMs: 3_600_000, maxAgeMs: 300 },
  });
  const { code, details } = await open(strict).status;
  assert.equal(code, Status.UNAVAILABLE);
  assert.match(details, /MAX_STREAM_AGE/);
});

test("a detector that shuts down ends its streams at once, after the answers that are due", async () => {
  await using closing = await startDetector();
  const { ask, status } = open(closing);
  assert.deepEqual((await ask({ metrics: metricsOf([1]) })).indices, []);
  const closed = closing.close();
  const { code, details } = await status;
  assert.equal(code, Status.UNAVAILABLE);
  assert.match(details, /shuts down: open a new one/);
  await closed;
});

test("live samples have their verdicts at once while twenty other streams catch up", async () => {
  await using busy = await startDetector({ maxPoints: 5000, maxMessageBytes: 1 << 20 });
  const { path, requestSerialize } = OutliersClient.service.DetectStream;
  const asIs = (bytes: Buffer): Buffer => bytes;
  const backlog = requestSerialize({ metrics: metricsOf(idle(5000)) });
  const live = open(busy);
  // It has caught up itself, and is not to wait for that now.
  await live.ask({ metrics: metricsOf(idle(5000)) });
  const doneMs: number[] = [];
  const startMs = performance.now();
  const catchingUp = Array.from({ length: 20 }, async () => {
    const call = busy.client.makeBidiStreamRequest(path, asIs, asIs);
    call.write(backlog);
    await once(call, "data");
    doneMs.push(performance.now() - startMs);
    call.resume().end();
    await once(call, "end");
  });
  const all = Promise.all(catchingUp);
  let answered = 0;
  let slowestMs = 0;
  while (doneMs.length < 20) {
    const askedMs = performance.now();
    await live.ask({ metrics: metricsOf([3], 5000 + answered) });
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    answered += 1;
  }
  await all;
  const lastMs = doneMs.at(-1) ?? 0;
  assert.ok(answered > 40, `${answered} live answers`);
  assert.ok(slowestMs < lastMs / 3, `${slowestMs} ms of ${lastMs} ms`);
  live.call.end();
});

test("a stream that ends, or whose client goes away, gives up its series", async () => {
  const held = async (name: string): Promise<number> => {
    const samples = await read(detector.metrics.registry);
    return samples.find((sample) => sample.name === name)?.value ?? Number.NaN;
  };
  const isFree = async () =>
    (await held("detector_streams")) === 0 && (await held("detector_series")) === 0;
  await waitFor("the other tests' streams to end", 20_000, isFree);
  const ended = open();
  const cancelled = open();
  await ended.ask({ metrics: metricsOf([1], 0, "a") });
  await cancelled.ask({ metrics: [...metricsOf([1], 0, "a"), ...metricsOf([1], 0, "b")] });
  assert.equal(await held("detector_streams"), 2);
  assert.equal(await held("detector_series"), 3);
  ended.call.end();
  assert.equal((await ended.status).code, Status.OK);
  cancelled.call.cancel();
  await waitFor("the streams to be gone", 20_000, isFree);
});
