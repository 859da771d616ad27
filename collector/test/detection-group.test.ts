import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Metadata, type ServiceError, status as Status } from "@grpc/grpc-js";
import type { DecodedResponse } from "@outliers/proto";
import { captureLog } from "@outliers/testing/log";
import { buildBatch } from "../src/batch.ts";
import { systemClock } from "../src/clock.ts";
import { DetectionGroup } from "../src/detection-group.ts";
import type { Requester } from "../src/requester.ts";
import type { Series } from "../src/series.ts";
import { metricsWithoutSeries } from "./support/metrics.ts";
import { testNormals } from "./support/normals.ts";
import { seriesOf } from "./support/series.ts";

const failure = (code: Status, message: string): ServiceError =>
  Object.assign(new Error(message), { code, details: message, metadata: new Metadata() });

const unavailable = (lastError: string): ServiceError =>
  failure(
    Status.UNAVAILABLE,
    `14 UNAVAILABLE: No connection established. Last error: ${lastError}`,
  );

const empty: DecodedResponse = {
  indices: [],
  scores: [],
  lower: [],
  upper: [],
  expected: [],
  explanations: [],
  series: [],
  checkpoints: [],
};

/** A group of a few series whose requests a test answers. */
function createGroup(next: Requester["next"], ...series: Series[]) {
  const log = captureLog();
  const stop = new AbortController();
  const scored: Series[] = [];
  const metrics = metricsWithoutSeries();
  const group = new DetectionGroup(
    { next, restart() {} },
    {
      sinks: [{ onVerdicts: (one) => void scored.push(one) }],
      normals: testNormals(),
      metrics,
      clock: systemClock,
      logger: log.logger,
      signal: stop.signal,
      onCode() {},
      onStartOver() {},
    },
  );
  for (const one of series) group.series.add(one);
  return { group, log, scored, metrics, [Symbol.dispose]: () => stop.abort() };
}

test("an outage is logged once per connection error", async () => {
  // As grpc-js words them: some have a timestamp, one has no reason.
  const failures = [
    "Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ",
    "Error: certificate has expired (2026-01-01T00:00:00.000Z). Resolution note: ",
    "null. Resolution note: ",
    "Error: certificate has expired (2026-01-01T00:00:01.000Z). Resolution note: ",
  ];
  using one = createGroup(async () => {
    const reason = failures.shift();
    if (reason !== undefined) throw unavailable(reason);
    one.log.logger.info("no more failures");
    return undefined;
  });
  one.group.detect();
  await one.log.line(/no more failures/, 20_000);
  const warnings = one.log.lines.filter((line) => line.includes("detection failed"));
  assert.equal(warnings.length, 2, warnings.join(""));
  assert.match(warnings[0] ?? "", /ECONNREFUSED/);
  assert.match(warnings[1] ?? "", /certificate has expired/);
});

describe("a request that can never succeed", () => {
  test("sets aside the series that causes it, once, and no other", async () => {
    const all = ["a", "bad", "c"].map((name) => seriesOf(name, [1, 2]));
    const requests: string[] = [];
    using one = createGroup(
      async (candidates) => {
        const wanted = [...candidates].map((series) => ({ series, from: series.scored }));
        const batch = buildBatch(wanted, 100, false);
        if (batch.parts.length === 0) {
          one.log.logger.info("nothing waits");
          return undefined;
        }
        requests.push(batch.parts.map(({ series }) => series.id).join(" "));
        if (batch.parts.some(({ series }) => series.id === "bad"))
          throw failure(Status.INVALID_ARGUMENT, "3 INVALID_ARGUMENT: shorten the name");
        return { batch, response: empty, checkpointed: [] };
      },
      ...all,
    );
    one.group.detect();
    await one.log.line(/nothing waits/, 20_000);
    assert.deepEqual(requests, ["a bad c", "a", "bad", "c"]);
    assert.deepEqual(
      [...one.group.setAside].map(({ id }) => id),
      ["bad"],
    );
    assert.deepEqual(
      [...one.group.series].map(({ id }) => id),
      ["a", "c"],
    );
    assert.deepEqual(
      all.map(({ backlog }) => backlog),
      [0, 0, 0],
      "samples that are never scored don't wait",
    );
    const refusals = one.log.lines.filter((line) => line.includes("refused this series"));
    assert.equal(refusals.length, 1);
    assert.match(refusals[0] ?? "", /"series":"bad".*shorten the name/);
    const { values } = await one.metrics.droppedSamples.get();
    assert.equal(values[0]?.value, 2);
  });
});
