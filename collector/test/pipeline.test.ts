import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ServerCredentials } from "@grpc/grpc-js";
import { Method } from "@outliers/proto";
import { createLogger } from "@outliers/service/logger";
import { createMetrics as createDetectorMetrics } from "../../detector/src/metrics.ts";
import { type RunningServer, startServer } from "../../detector/src/server.ts";
import { waitFor } from "../../scripts/wait-for.ts";
import { systemClock } from "../src/clock.ts";
import { type Detection, streamDetection, windowDetection } from "../src/detection.ts";
import { createDetectorClient, type DetectorClient } from "../src/detector-client.ts";
import { type Pipeline, startPipeline } from "../src/pipeline.ts";
import type { Reading, Source } from "../src/sources/source.ts";
import { ManualClock } from "./manual-clock.ts";

const logger = createLogger("test", "silent");
const WITHIN_MS = 20_000;

const startDetector = (port = 0): Promise<RunningServer> =>
  startServer(
    {
      address: { host: "127.0.0.1", port },
      credentials: ServerCredentials.createInsecure(),
      maxPoints: 10_000,
      maxMessageBytes: 1 << 20,
      maxConnectionAgeMs: 5000,
      calls: { maxCalls: 100, maxStreams: 100 },
      streams: { maxSeries: 100, idleTimeoutMs: 60_000, maxAgeMs: 60_000 },
      drainTimeoutMs: 200,
    },
    createDetectorMetrics(),
    logger,
  );

/** A source whose values a test sets. */
function manualSource(): Source & { readings: Reading[]; fails: boolean } {
  return {
    name: "manual",
    readings: [{ series: "cpu_utilization_percent", value: 1 }],
    fails: false,
    async read() {
      if (this.fails) throw new Error("no such device");
      return this.readings;
    },
  };
}

let detector: RunningServer;
let client: DetectorClient;
let pipeline: Pipeline;
const source = manualSource();

/** The value of one metric line, by its name and labels as `/metrics` prints them. */
async function metric(line: string): Promise<number> {
  const text = await pipeline.metrics.registry.metrics();
  const found = text.split("\n").find((one) => one.startsWith(`${line} `));
  return found === undefined ? Number.NaN : Number(found.slice(line.length + 1));
}

const until = (what: string, holds: () => Promise<boolean>) => waitFor(what, WITHIN_MS, holds);

function start(
  { window, activeHoldMs }: { window: number; activeHoldMs: number },
  sources: readonly Source[] = [source],
  createDetection = (): Detection => windowDetection(client, window, 6),
): void {
  pipeline = startPipeline(
    {
      sampleIntervalMs: 100,
      detectIntervalMs: 100,
      capacity: window,
      shownIntervals: window,
      activeHoldMs,
    },
    sources,
    createDetection,
    systemClock,
    logger,
  );
}

describe("the pipeline, with a real detector", () => {
  before(async () => {
    detector = await startDetector();
  });
  after(() => detector.close());

  afterEach(async () => {
    await pipeline.close();
    client.close();
    source.fails = false;
    source.readings = [{ series: "cpu_utilization_percent", value: 1 }];
  });

  const connect = () => {
    const target = `dns:///127.0.0.1:${detector.port}`;
    const options = { method: Method.METHOD_MAD, threshold: 0, includeScores: true };
    client = createDetectorClient(target, options, 1000);
  };

  it("flags a value that does not belong, once, and holds it active for a while", async () => {
    connect();
    start({ window: 50, activeHoldMs: 1500 });
    const series = '{series="cpu_utilization_percent"}';
    await until("the first verdicts", async () => {
      return (
        (await metric('outliers_state{series="cpu_utilization_percent",state="constant"}')) === 1
      );
    });
    await until("the collector to be ready", async () => pipeline.readiness().ready);
    // Constant so far: the mean absolute deviation tells 99 from the rest.
    source.readings = [{ series: "cpu_utilization_percent", value: 99 }];
    await until("the flag", async () => (await metric(`outliers_active${series}`)) === 1);
    source.readings = [{ series: "cpu_utilization_percent", value: 1 }];
    const flagged = await metric(`outliers_flagged_total${series}`);
    assert.ok(flagged >= 1);
    assert.ok(
      (await metric(`outliers_last_flagged_timestamp_seconds${series}`)) > Date.now() / 1000 - 30,
    );
    assert.equal(await metric(`outliers_last_flagged_value${series}`), 99);
    assert.equal(await metric(`outliers_last_flagged_expected${series}`), 1);
    assert.ok((await metric(`outliers_last_flagged_score${series}`)) > 1);
    const since = await metric(`outliers_active_since_timestamp_seconds${series}`);
    assert.ok(since <= (await metric(`outliers_last_flagged_timestamp_seconds${series}`)));
    const exported = await pipeline.metrics.registry.metrics();
    const infos = exported.match(/^outliers_last_flagged_info\{.*$/gm);
    assert.equal(infos?.length, 1);
    assert.match(infos[0], /\{series="cpu_utilization_percent",direction="up",reason="[^"]+"\} 1$/);
    await until(
      "the end of the hold",
      async () => (await metric(`outliers_active${series}`)) === 0,
    );
    assert.ok(Number.isNaN(await metric(`outliers_active_since_timestamp_seconds${series}`)));
    assert.ok(
      (await metric(`outliers_flagged_total${series}`)) <= flagged + 2,
      "no flag is counted again",
    );
    assert.equal(await metric("collector_dropped_samples_total"), 0);
  });

  it("keeps sampling while the detector is away, then gives each sample its verdict", async () => {
    connect();
    start({ window: 200, activeHoldMs: 1000 });
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    const { port } = detector;
    await detector.close();
    await until("the failure to show", async () => !pipeline.readiness().ready);
    assert.match(pipeline.readiness().reason, /^detection fails: (Unavailable|DeadlineExceeded)$/);
    await until("a backlog", async () => (await metric("collector_backlog_samples")) >= 10);
    assert.equal(await metric("collector_detector_up"), 0);
    detector = await startDetector(port);
    await until(
      "the backlog to be caught up",
      async () => (await metric("collector_backlog_samples")) <= 1,
    );
    assert.equal(pipeline.readiness().ready, true);
    assert.equal(await metric("collector_dropped_samples_total"), 0);
    assert.ok(
      (await metric('outliers_blind_seconds_total{series="cpu_utilization_percent"}')) > 0.9,
    );
  });

  it("calls a detector that is away less and less often, however often it samples", async () => {
    client = createDetectorClient("dns:///127.0.0.1:1", {}, 1000);
    start({ window: 200, activeHoldMs: 1000 }, [source], () => streamDetection(client, () => {}));
    await until("forty samples", async () => (await metric("collector_backlog_samples")) >= 40);
    const calls = await metric('collector_detect_requests_total{code="Unavailable"}');
    assert.ok(calls >= 1 && calls <= 8, `${calls} calls in 4 s`);
  });

  it("counts the samples that an outage longer than the window costs", async () => {
    connect();
    start({ window: 6, activeHoldMs: 1000 });
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    const { port } = detector;
    await detector.close();
    await until(
      "samples to drop",
      async () => (await metric("collector_dropped_samples_total")) >= 3,
    );
    detector = await startDetector(port);
    await until(
      "the detector to be back",
      async () => (await metric("collector_detector_up")) === 1,
    );
    assert.ok((await metric("collector_backlog_samples")) <= 6);
  });

  it("survives a source that fails, and shows it", async () => {
    connect();
    start({ window: 50, activeHoldMs: 1000 });
    const success = 'collector_sample_success{source="manual"}';
    await until("a sample", async () => (await metric(success)) === 1);
    source.fails = true;
    await until("the failure", async () => (await metric(success)) === 0);
    source.fails = false;
    await until("the recovery", async () => (await metric(success)) === 1);
  });

  it("forgets a series that is gone for a whole window", async () => {
    connect();
    source.readings = [
      { series: "cpu_utilization_percent", value: 1 },
      { series: "cpu7_utilization_percent", value: 1 },
    ];
    start({ window: 10, activeHoldMs: 1000 });
    const gone = 'outliers_value{series="cpu7_utilization_percent"}';
    await until("the series", async () => (await metric(gone)) === 1);
    source.readings = [{ series: "cpu_utilization_percent", value: 1 }];
    await until("it to be forgotten", async () => Number.isNaN(await metric(gone)));
  });

  it("shows that a request is refused, by its status code", async () => {
    const target = `dns:///127.0.0.1:${detector.port}`;
    client = createDetectorClient(target, { method: Method.METHOD_MAD, threshold: -1 }, 1000);
    start({ window: 50, activeHoldMs: 1000 });
    const refused = 'collector_detect_requests_total{code="InvalidArgument"}';
    await until("the refusal", async () => (await metric(refused)) >= 1);
    assert.equal(pipeline.readiness().reason, "detection fails: InvalidArgument");
  });

  it("keeps a value that is not finite from the other sources' verdicts", async () => {
    connect();
    source.readings = [{ series: "cpu_utilization_percent", value: Number.NaN }];
    const healthy: Source = { name: "healthy", read: async () => [{ series: "load1", value: 1 }] };
    start({ window: 50, activeHoldMs: 1000 }, [source, healthy]);
    assert.equal(pipeline.readiness().ready, false, "nothing is known yet");
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    assert.equal(await metric('collector_sample_success{source="manual"}'), 0);
    assert.equal(await metric('collector_sample_success{source="healthy"}'), 1);
    assert.deepEqual(pipeline.readiness(), { ready: true, reason: "ok" });
  });

  it("gives samples rising times when the clock is set back, until it has caught up", async () => {
    const clock = new ManualClock(100_000);
    let reads = 0;
    const backwards: Source = {
      name: "backwards",
      async read() {
        reads += 1;
        if (reads === 3) clock.set(96_000);
        return [{ series: "load1", value: reads }];
      },
    };
    const timesMs: number[] = [];
    const noting: Detection = {
      async next(all) {
        const [series] = all;
        if (series) timesMs.push(series.newest.timeMs);
        if (timesMs.length >= 10) void pipeline.close();
        return undefined;
      },
    };
    pipeline = startPipeline(
      {
        sampleIntervalMs: 1000,
        detectIntervalMs: 1000,
        capacity: 100,
        shownIntervals: 100,
        activeHoldMs: 1000,
      },
      [backwards],
      () => noting,
      clock,
      logger,
    );
    client = createDetectorClient("dns:///127.0.0.1:1", {}, 1000);
    await until("ten samples", async () => timesMs.length >= 10);
    const behind = [103_001, 103_002, 103_003, 103_004, 103_005];
    assert.deepEqual(timesMs.slice(0, 3), [101_000, 102_000, 103_000]);
    assert.deepEqual(timesMs.slice(3, 8), behind);
    assert.ok(timesMs.every((timeMs, at) => at === 0 || timeMs > (timesMs[at - 1] ?? 0)));
  });

  it("hides a series that is gone, forgets it later, and counts what was never judged", async () => {
    const clock = new ManualClock(100_000);
    let reads = 0;
    const core: Source = {
      name: "core",
      async read() {
        reads += 1;
        const isOnline = reads <= 3 || (reads >= 10 && reads <= 12);
        const one = { series: "load1", value: reads };
        return isOnline ? [one, { series: "core", value: reads }] : [one];
      },
    };
    const seen: { shown: string[]; kept: string[]; samples: number }[] = [];
    const noting: Detection = {
      async next(all) {
        const kept = [...all];
        const samples = kept.find(({ name }) => name === "core")?.samples.pushed ?? 0;
        const shown = [...pipeline.series()].map(({ name }) => name);
        seen.push({ shown, kept: kept.map(({ name }) => name), samples });
        if (seen.length >= 40) void pipeline.close();
        return undefined;
      },
    };
    pipeline = startPipeline(
      {
        sampleIntervalMs: 1000,
        detectIntervalMs: 1000,
        capacity: 20,
        shownIntervals: 3,
        activeHoldMs: 1000,
      },
      [core],
      () => noting,
      clock,
      logger,
    );
    client = createDetectorClient("dns:///127.0.0.1:1", {}, 1000);
    await until("forty samples", async () => seen.length >= 40);
    const both = ["load1", "core"];
    assert.deepEqual(seen[4], { shown: both, kept: both, samples: 3 });
    assert.deepEqual(seen[7], { shown: ["load1"], kept: both, samples: 3 });
    assert.deepEqual(seen[11], { shown: both, kept: both, samples: 6 });
    assert.deepEqual(seen[38], { shown: ["load1"], kept: ["load1"], samples: 0 });
    // load1 has dropped those beyond its capacity, core its six.
    const samples = await metric("collector_samples_total");
    const waiting = await metric("collector_backlog_samples");
    assert.equal(await metric("collector_dropped_samples_total"), samples - waiting);
  });

  it("has its samples judged over a stream, by a detector that may go away and come back", async () => {
    const target = `dns:///127.0.0.1:${detector.port}`;
    const sampleInterval = { seconds: 0, nanos: 100_000_000 };
    const options = { method: Method.METHOD_ADAPTIVE, sampleInterval, includeScores: true };
    client = createDetectorClient(target, options, 1000);
    start({ window: 1000, activeHoldMs: 1000 }, [source], () =>
      streamDetection(client, () => pipeline.metrics.streams.inc()),
    );
    const opened = () => metric("collector_streams_opened_total");
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    assert.equal(await opened(), 1);
    const { port } = detector;
    await detector.close();
    await until("a backlog", async () => (await metric("collector_backlog_samples")) >= 5);
    detector = await startDetector(port);
    await until("the end of the warm-up", async () => {
      return (
        (await metric('outliers_state{series="cpu_utilization_percent",state="constant"}')) === 1
      );
    });
    assert.ok((await opened()) >= 2);
    assert.ok((await metric("collector_backlog_samples")) <= 1);
    source.readings = [{ series: "cpu_utilization_percent", value: 99 }];
    const series = '{series="cpu_utilization_percent"}';
    await until("the flag", async () => (await metric(`outliers_active${series}`)) === 1);
    assert.equal(await metric("collector_dropped_samples_total"), 0);
    assert.ok((await metric(`outliers_score${series}`)) > 1);
  });
});
