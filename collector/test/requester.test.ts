import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import type {
  DetectorClient,
  DetectorStream,
  StreamRequest,
} from "@outliers/client/detector-client";
import { serviceError } from "@outliers/client/errors";
import { type DecodedCheckpoint, type DecodedResponse, type Metric, State } from "@outliers/proto";
import { newVerdicts } from "../src/batch.ts";
import {
  type Requester,
  STREAM_CAPACITY,
  streamRequester,
  windowRequester,
} from "../src/requester.ts";
import type { Series } from "../src/series.ts";
import { testNormals } from "./support/normals.ts";
import { seriesOf as ofValues } from "./support/series.ts";

const checkpointsOf = (names: readonly string[] = [], times: readonly number[]) =>
  names.map((name, at) => ({
    name,
    state: Buffer.from(`of ${name}`),
    time: { seconds: times[at] ?? 0, nanos: 0 },
  }));

const answer = (
  metrics: Metric[],
  names: readonly string[] = [],
  state: DecodedResponse["series"][number]["state"] = State.STATE_READY,
): DecodedResponse => ({
  indices: [],
  scores: metrics.map(() => 0),
  expected: metrics.map(() => 0),
  lower: metrics.map(() => 0),
  upper: metrics.map(() => 0),
  explanations: [],
  series: [...new Set(metrics.map(({ name = "" }) => name))].map((name) => ({
    name,
    state,
    eventOpen: false,
  })),
  checkpoints: names.map((name) => ({
    name,
    state: Buffer.from(`of ${name}`),
    time: metrics.findLast((one) => one.name === name)?.time as DecodedCheckpoint["time"],
  })),
});

/** A detector that records the values it is sent, and whose stream can be broken. */
function fakeDetector() {
  const requests: number[][] = [];
  const resumed: string[] = [];
  /** What was sent as normal: the series, and its values. */
  const learnt: string[] = [];
  const state: { refuses: string; seriesState: DecodedResponse["series"][number]["state"] } = {
    refuses: "",
    seriesState: State.STATE_READY,
  };
  let isBroken = false;
  const note = (request: StreamRequest): DecodedResponse => {
    const { metrics = [], checkpoints, normals, checkpointNames } = request;
    for (const { name, metrics: of } of normals ?? []) {
      learnt.push(`${name}: ${of?.map(({ value }) => value).join()}`);
      if (name !== state.refuses) continue;
      isBroken = true;
      throw serviceError(Status.INVALID_ARGUMENT, "no more of these");
    }
    if (normals) return { ...answer([]), checkpoints: checkpointsOf(checkpointNames, [5]) };
    if (checkpoints) resumed.push(...checkpoints.map(({ state }) => String(state)));
    else requests.push(metrics.map(({ value }) => Number(value)));
    return answer(metrics, checkpointNames, state.seriesState);
  };
  const client: DetectorClient = {
    detect: async (metrics) => note({ metrics }),
    openStream(): DetectorStream {
      isBroken = false;
      return {
        get isOpen() {
          return !isBroken;
        },
        close: () => {
          isBroken = true;
        },
        async send(request) {
          if (isBroken) throw new Error("broken");
          return note(request);
        },
      };
    },
    close() {},
  };
  return {
    client,
    requests,
    resumed,
    learnt,
    state,
    breakStream: () => {
      isBroken = true;
    },
  };
}

const seriesOf = (name: string, capacity: number, ...values: number[]): Series =>
  ofValues(name, values, { capacity });

/** Has the whole backlog scored. */
async function settle(requester: Requester, ...all: Series[]): Promise<void> {
  for (;;) {
    const answered = await requester.next(all);
    if (!answered) return;
    for (const { series, detected } of newVerdicts(answered.batch, answered.response))
      series.advance(detected.from + detected.samples.length);
  }
}

describe("windows", () => {
  it("are sent whole with every new sample, once there are enough samples", async () => {
    const { client, requests } = fakeDetector();
    const requester = windowRequester(client, {}, 3, 2, () => {});
    const series = seriesOf("a", 10, 1);
    await settle(requester, series);
    for (const value of [2, 3, 4]) {
      series.push({ timeMs: 100_000 + value, value });
      await settle(requester, series);
    }
    assert.deepEqual(requests, [
      [1, 2],
      [1, 2, 3],
      [2, 3, 4],
    ]);
  });

  it("are sent alone to a server that knows only the first contract: it pools all names", async () => {
    const { client, requests } = fakeDetector();
    const old: DetectorClient = {
      ...client,
      detect: async (...sent) => ({ ...(await client.detect(...sent)), scores: [] }),
    };
    let told = 0;
    const requester = windowRequester(old, {}, 3, 1, () => {
      told += 1;
    });
    const a = seriesOf("a", 10, 1);
    const b = seriesOf("b", 10, 100);
    await settle(requester, a, b);
    assert.deepEqual(requests, [[1, 100], [1], [100]]);
    a.push({ timeMs: 100_000, value: 2 });
    b.push({ timeMs: 100_000, value: 101 });
    await settle(requester, a, b);
    assert.deepEqual(requests.slice(3), [
      [1, 2],
      [100, 101],
    ]);
    assert.equal(told, 1);
  });
});

describe("a stream", () => {
  it("gets every sample once", async () => {
    const { client, requests } = fakeDetector();
    const requester = streamRequester(client, {}, () => {}, testNormals());
    const a = seriesOf("a", 10, 1, 2);
    const b = seriesOf("b", 10, 10);
    await settle(requester, a, b);
    a.push({ timeMs: 100_000, value: 3 });
    await settle(requester, a, b);
    assert.deepEqual(requests, [[1, 2, 10], [3]]);
    assert.deepEqual([a.backlog, b.backlog], [0, 0]);
  });

  it("gets a replay of the samples kept after a break, then what is new", async () => {
    const { client, requests, breakStream } = fakeDetector();
    let opened = 0;
    const requester = streamRequester(
      client,
      {},
      () => {
        opened += 1;
      },
      testNormals(),
    );
    const a = seriesOf("a", 4, 1, 2, 3, 4);
    const b = seriesOf("b", 4, 10);
    await settle(requester, a, b);
    breakStream();
    await settle(requester, a, b);
    assert.equal(opened, 1, "without a new sample there is no need of a stream");
    a.push({ timeMs: 100_000, value: 5 });
    await settle(requester, a, b);
    assert.equal(opened, 2);
    assert.deepEqual(requests.slice(1), [[2, 3, 4, 5]]);
  });

  it("begins with the last checkpoint of each series, then gets the samples since", async () => {
    const { client, requests, resumed, breakStream } = fakeDetector();
    const requester = streamRequester(client, {}, () => {}, testNormals());
    const values = Array.from({ length: 1200 }, (_, value) => value);
    const series = seriesOf("a", STREAM_CAPACITY, ...values);
    const other = seriesOf("b", STREAM_CAPACITY, 10);
    await settle(requester, series, other);
    assert.ok(series.checkpoint, "asked for while it caught up");
    breakStream();
    series.push({ timeMs: 9_000_000, value: 5000 });
    other.push({ timeMs: 9_000_000, value: 11 });
    const before = requests.length;
    await settle(requester, series, other);
    assert.deepEqual(resumed, ["of a"]);
    const since = series.samples.after(series.checkpoint.timeMs);
    assert.deepEqual(requests.slice(before).flat(), [...values.slice(since), 5000, 10, 11]);
  });

  it("asks for a checkpoint now and then, by samples or by time", async () => {
    const { client } = fakeDetector();
    const requester = streamRequester(client, {}, () => {}, testNormals());
    const fast = seriesOf("fast", STREAM_CAPACITY, 0);
    const slow = seriesOf("slow", STREAM_CAPACITY, 0);
    const taken: string[] = [];
    for (let minute = 1; minute <= 70; minute++) {
      const timeMs = 1000 + minute * 60_000;
      for (let at = 0; at < 10; at++) fast.push({ timeMs: timeMs + at, value: at });
      slow.push({ timeMs, value: minute });
      const answered = await requester.next([fast, slow]);
      for (const { series, end } of answered?.batch.parts ?? []) series.advance(end);
      for (const { id } of answered?.checkpointed ?? []) taken.push(`${id} ${minute}`);
    }
    assert.deepEqual(taken, ["fast 50", "slow 60"]);
  });

  it("gets a long replay in parts", async () => {
    const { client, requests } = fakeDetector();
    const values = Array.from({ length: 5000 }, (_, value) => value);
    const series = seriesOf("a", 10_000, ...values);
    await settle(
      streamRequester(client, {}, () => {}, testNormals()),
      series,
    );
    assert.deepEqual(
      requests.map(({ length }) => length),
      [2000, 2000, 1000],
    );
    assert.deepEqual(requests.flat(), values);
  });
});

describe("what was marked as normal", () => {
  /** A series of five samples, of which the first two are marked when a test asks for it. */
  function start() {
    const detector = fakeDetector();
    const a = seriesOf("a", 10, 1, 2, 3, 4, 5);
    const b = seriesOf("b", 10, 10, 20);
    const normals = testNormals(() => [a, b]);
    const requester = streamRequester(detector.client, {}, () => {}, normals);
    let atMs = 100_000;
    return {
      ...detector,
      a,
      normals,
      mark: (...series: string[]) =>
        normals.mark({ from: 1000, to: 2000, series, note: "", by: "ada" }, "marked").period,
      settle: () => settle(requester, a, b),
      push: async () => {
        atMs += 1000;
        for (const one of [a, b]) one.push({ timeMs: atMs, value: 7 });
        await settle(requester, a, b);
      },
    };
  }

  it("is sent once, without waiting for a sample, and is in the next checkpoint", async () => {
    const { a, mark, settle, push, normals, learnt, requests } = start();
    await settle();
    const { id } = mark("a");
    await settle();
    assert.deepEqual(learnt, ["a: 1,2"]);
    assert.equal(requests.length, 1, "no sample was waiting");
    assert.deepEqual(normals.stateOf("a", id), { state: "learnt" });
    assert.deepEqual(a.checkpoint?.normals, [id]);
    await push();
    assert.equal(learnt.length, 1);
  });

  it("is sent to a new stream only when the checkpoint that it continues from lacks it", async () => {
    const { a, mark, settle, push, learnt, breakStream } = start();
    await settle();
    const { id } = mark("a");
    await settle();
    breakStream();
    await push();
    assert.deepEqual(learnt, ["a: 1,2"]);
    a.checkpoint = { state: Uint8Array.of(1), timeMs: 5000, normals: [] };
    breakStream();
    await push();
    assert.deepEqual(learnt, ["a: 1,2", "a: 1,2"]);
    assert.deepEqual(a.checkpoint?.normals, [id]);
  });

  it("is taken back by a normal without metrics, also from a checkpoint of before", async () => {
    const { a, mark, settle, push, normals, learnt, breakStream } = start();
    await settle();
    normals.takeBack(mark("a").id, "marked");
    await settle();
    assert.deepEqual(learnt, [], "no detector knew it");
    const { id } = mark("a");
    await settle();
    normals.takeBack(id, "marked");
    breakStream();
    await push();
    await push();
    assert.deepEqual(learnt, ["a: 1,2", "a: "]);
    assert.deepEqual(a.checkpoint?.normals, []);
  });

  it("waits while a series without a checkpoint warms up", async () => {
    const { mark, settle, push, learnt, state } = start();
    state.seriesState = State.STATE_WARMING_UP;
    mark("a", "b");
    await settle();
    assert.deepEqual(learnt, []);
    state.seriesState = State.STATE_READY;
    await push();
    assert.deepEqual(learnt, ["a: 1,2", "b: 10,20"]);
  });

  it("that the detector refuses is not sent again, and keeps nothing else waiting", async () => {
    const { a, mark, settle, push, normals, learnt, state } = start();
    await settle();
    state.refuses = "a";
    const { id } = mark("a", "b");
    await push();
    await push();
    assert.deepEqual(learnt, ["a: 1,2", "b: 10,20"]);
    assert.equal(a.backlog, 0);
    const { state: is } = normals.stateOf("a", id);
    assert.equal(is, "refused");
    assert.deepEqual(normals.stateOf("b", id), { state: "learnt" });
  });
});

describe("a stream that starts over", () => {
  it("is closed, and the next request opens another one", async () => {
    const { client, requests } = fakeDetector();
    let opened = 0;
    const requester = streamRequester(
      client,
      {},
      () => {
        opened += 1;
      },
      testNormals(),
    );
    const series = seriesOf("a", 10, 1, 2);
    await settle(requester, series);
    requester.restart();
    series.push({ timeMs: 100_000, value: 3 });
    await settle(requester, series);
    assert.equal(opened, 2);
    assert.deepEqual(requests, [
      [1, 2],
      [1, 2, 3],
    ]);
  });
});
