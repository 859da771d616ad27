import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DecodedResponse, type Metric, State } from "@outliers/proto";
import { applyVerdicts } from "../src/batch.ts";
import {
  type Detection,
  STREAM_CAPACITY,
  streamDetection,
  windowDetection,
} from "../src/detection.ts";
import type { DetectorClient, DetectorStream } from "../src/detector-client.ts";
import { Series } from "../src/series.ts";

const answer = (metrics: Metric[]): DecodedResponse => ({
  indices: [],
  scores: metrics.map(() => 0),
  expected: metrics.map(() => 0),
  lower: metrics.map(() => 0),
  upper: metrics.map(() => 0),
  explanations: [],
  series: [...new Set(metrics.map(({ name = "" }) => name))].map((name) => ({
    name,
    state: State.STATE_READY,
  })),
});

/** A detector that notes the values it is sent; a stream of it breaks when told to. */
function fakeDetector() {
  const requests: number[][] = [];
  let isBroken = false;
  const note = (metrics: Metric[]): DecodedResponse => {
    requests.push(metrics.map(({ value }) => Number(value)));
    return answer(metrics);
  };
  const client: DetectorClient = {
    detect: async (metrics) => note(metrics),
    openStream(): DetectorStream {
      isBroken = false;
      return {
        get isOpen() {
          return !isBroken;
        },
        async send(metrics) {
          if (isBroken) throw new Error("broken");
          return note(metrics);
        },
      };
    },
    close() {},
  };
  return {
    client,
    requests,
    breakStream: () => {
      isBroken = true;
    },
  };
}

const seriesOf = (name: string, capacity: number, ...values: number[]): Series => {
  const [first = 0, ...rest] = values;
  const series = new Series(
    name,
    { timeMs: 0, value: first },
    { capacity, verdictIntervalMs: 1, activeHoldMs: 1 },
  );
  for (const [at, value] of rest.entries()) series.push({ timeMs: at + 1, value });
  return series;
};

/** Has everything judged that waits. */
async function settle(detection: Detection, ...all: Series[]): Promise<void> {
  for (;;) {
    const judged = await detection.next(all);
    if (!judged) return;
    applyVerdicts(judged.batch, judged.response, 0);
  }
}

describe("windows", () => {
  it("go whole with each new sample, from the least number of samples on", async () => {
    const { client, requests } = fakeDetector();
    const detection = windowDetection(client, 3, 2);
    const series = seriesOf("a", 10, 1);
    await settle(detection, series);
    for (const value of [2, 3, 4]) {
      series.push({ timeMs: 100 + value, value });
      await settle(detection, series);
    }
    assert.deepEqual(requests, [
      [1, 2],
      [1, 2, 3],
      [2, 3, 4],
    ]);
  });
});

describe("a stream", () => {
  it("gets each sample once", async () => {
    const { client, requests } = fakeDetector();
    const detection = streamDetection(client, () => {});
    const a = seriesOf("a", 10, 1, 2);
    const b = seriesOf("b", 10, 10);
    await settle(detection, a, b);
    a.push({ timeMs: 100, value: 3 });
    await settle(detection, a, b);
    assert.deepEqual(requests, [[1, 2, 10], [3]]);
    assert.deepEqual([a.backlog, b.backlog], [0, 0]);
  });

  it("gets the history first after a break, as much as is kept, and then what is new", async () => {
    const { client, requests, breakStream } = fakeDetector();
    let opened = 0;
    const detection = streamDetection(client, () => {
      opened += 1;
    });
    const a = seriesOf("a", 4, 1, 2, 3, 4);
    const b = seriesOf("b", 4, 10);
    await settle(detection, a, b);
    breakStream();
    await settle(detection, a, b);
    assert.equal(opened, 1, "without a new sample there is no need of a stream");
    a.push({ timeMs: 100, value: 5 });
    await settle(detection, a, b);
    assert.equal(opened, 2);
    assert.deepEqual(requests.slice(1), [[2, 3, 4, 5, 10]]);
  });

  it("gets no more history than the contract asks for, and all that waits", async () => {
    const { client, requests } = fakeDetector();
    const detection = streamDetection(client, () => {});
    const values = Array.from({ length: 60_000 }, (_, value) => value);
    const series = seriesOf("a", STREAM_CAPACITY, ...values);
    const verdict = { score: 0, expected: 0, lower: 0, upper: 0 };
    const verdictOf = () => verdict;
    series.judge({ from: 0, end: 50_000, verdictOf, state: "ready", flags: [] }, 0);
    await settle(detection, series);
    assert.deepEqual(requests.flat(), values.slice(9000));
  });

  it("takes a long history in parts", async () => {
    const { client, requests } = fakeDetector();
    const values = Array.from({ length: 5000 }, (_, value) => value);
    const series = seriesOf("a", 10_000, ...values);
    await settle(
      streamDetection(client, () => {}),
      series,
    );
    assert.deepEqual(
      requests.map(({ length }) => length),
      [2000, 2000, 1000],
    );
    assert.deepEqual(requests.flat(), values);
  });
});
