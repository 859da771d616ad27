import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { ServerCredentials } from "@grpc/grpc-js";
import { createDetectorClient, type DetectorClient } from "@outliers/client/detector-client";
import { createMetrics as createDetectorMetrics } from "@outliers/detector/metrics";
import { type RunningServer, startServer } from "@outliers/detector/server";
import { createLogger } from "@outliers/service/logger";
import { waitFor } from "@outliers/service/wait-for";
import { temporaryFolder } from "@outliers/testing/certificates";
import { systemClock } from "../src/clock.ts";
import {
  createDetection,
  type Detection,
  type DetectionSettings,
  pastSamplesOf,
} from "../src/detection.ts";
import { type Pipeline, startPipeline } from "../src/pipeline.ts";
import type { Series } from "../src/series.ts";
import { createHostSources } from "../src/sources/host.ts";
import type { Reading, Source } from "../src/sources/source.ts";
import { ManualClock } from "./manual-clock.ts";
import { describeSeries } from "./support/series.ts";

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
      maxResponseBytes: 1 << 22,
      maxConnections: 100,
      maxSeries: 1000,
      calls: {
        maxCalls: 100,
        maxStreams: 100,
        maxRequestBytes: 1 << 24,
        requestTimeoutMs: 60_000,
      },
      longWork: { maxWorkMs: 10_000, maxMemoryMib: 64 },
      streams: { maxSeries: 100, idleTimeoutMs: 60_000, maxAgeMs: 60_000 },
      drainTimeoutMs: 200,
    },
    createDetectorMetrics(),
    logger,
  );

const cpu = describeSeries("cpu_utilization_percent", { intervalMs: 100, max: 100 });

/** A source whose values a test sets. */
const source: Source & { readings: Reading[]; fails: boolean } = {
  name: "manual",
  intervalMs: 100,
  deadlineMs: 1000,
  readings: [],
  fails: false,
  async read() {
    if (this.fails) throw new Error("no such device");
    return this.readings;
  },
};

let detector: RunningServer;
let client: DetectorClient;
let pipeline: Pipeline;

/** The value of one metric, by its name and labels as `/metrics` prints them. */
async function metric(line: string): Promise<number> {
  const text = await pipeline.metrics.registry.metrics();
  const found = text.split("\n").find((one) => one.startsWith(`${line} `));
  return found === undefined ? Number.NaN : Number(found.slice(line.length + 1));
}

const until = (what: string, holds: () => Promise<boolean>) => waitFor(what, WITHIN_MS, holds);

const settings: DetectionSettings = {
  method: "mad",
  threshold: 0,
  sensitivity: 0.1,
  trigger: { k: 1, n: 1 },
  timeZone: "UTC",
  window: 50,
  minSamples: 6,
  detectIntervalMs: 100,
};

/** Starts a pipeline that uses the detector at a port. */
async function start(
  port: number,
  more: Partial<DetectionSettings> & {
    capacity?: number;
    activeHoldMs?: number;
    stateDir?: string;
    normalsFile?: string;
  } = {},
  sources: readonly Source[] = [source],
): Promise<void> {
  const { capacity, activeHoldMs = 1000, stateDir, normalsFile, ...changed } = more;
  const detection = { ...settings, ...changed };
  client = createDetectorClient(`dns:///127.0.0.1:${port}`, 1000);
  pipeline = await startPipeline(
    {
      stateDir,
      normalsFile,
      detectIntervalMs: 100,
      capacity: capacity ?? detection.window,
      shownIntervals: detection.window,
      pastSamples: pastSamplesOf(detection),
      activeHoldMs,
    },
    sources,
    (context, onStream) => createDetection(detection, client, onStream, context),
    systemClock,
    logger,
  );
}

describe("the pipeline, with a real detector", () => {
  before(async () => {
    detector = await startDetector();
  });
  after(() => detector.close());

  beforeEach(() => {
    source.fails = false;
    source.readings = [{ series: cpu, value: 1 }];
  });
  afterEach(async () => {
    await pipeline.close();
    client.close();
  });

  it("detects an outlier once, and keeps the series active for a while", async () => {
    await start(detector.port, { activeHoldMs: 1500 });
    const series = '{series="cpu_utilization_percent"}';
    await until("the first verdicts", async () => {
      return (
        (await metric('outliers_state{series="cpu_utilization_percent",state="constant"}')) === 1
      );
    });
    await until("the collector to be ready", async () => pipeline.readiness().ready);
    // Constant so far, so it is the mean absolute deviation that makes 99 an outlier.
    source.readings = [{ series: cpu, value: 99 }];
    await until("the outlier", async () => (await metric(`outliers_active${series}`)) === 1);
    source.readings = [{ series: cpu, value: 1 }];
    const detected = await metric(`outliers_detected_total${series}`);
    assert.ok(detected >= 1);
    assert.equal(await metric(`outliers_events_total${series}`), 1);
    const lastOutlierAt = await metric(`outliers_last_outlier_timestamp_seconds${series}`);
    assert.ok(lastOutlierAt > Date.now() / 1000 - 30);
    assert.ok((await metric(`outliers_active_since_timestamp_seconds${series}`)) <= lastOutlierAt);
    assert.equal(await metric(`outliers_last_outlier_value${series}`), 99);
    assert.equal(await metric(`outliers_last_outlier_expected${series}`), 1);
    assert.ok((await metric(`outliers_last_outlier_score${series}`)) > 1);
    const text = await pipeline.metrics.registry.metrics();
    const infos = text.match(/^outliers_last_event_info\{.*$/gm) ?? [];
    assert.equal(infos.length, 1);
    assert.match(
      infos[0] ?? "",
      /series="cpu_utilization_percent",direction="up",reason="[^"]+"\}/,
    );
    await until(
      "the end of the hold",
      async () => (await metric(`outliers_active${series}`)) === 0,
    );
    assert.ok(
      (await metric(`outliers_detected_total${series}`)) <= detected + 2,
      "no outlier is counted again",
    );
    assert.equal(
      await metric(`outliers_flagged_total${series}`),
      await metric(`outliers_detected_total${series}`),
      "the old name for one more release",
    );
    assert.equal(await metric("collector_dropped_samples_total"), 0);
  });

  it("keeps sampling while no detector answers, then gets every sample its verdict", async () => {
    await start(detector.port, { window: 200 });
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    const { port } = detector;
    await detector.close();
    await until("the failure to show", async () => !pipeline.readiness().ready);
    assert.match(pipeline.readiness().reason, /^detection failed: (Unavailable|DeadlineExceeded)$/);
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
      (await metric('outliers_unmonitored_seconds_total{series="cpu_utilization_percent"}')) > 0.9,
    );
  });

  it("backs off from a detector that doesn't answer, however often it samples", async () => {
    await start(1, { method: "adaptive", capacity: 200 });
    await until("forty samples", async () => (await metric("collector_backlog_samples")) >= 40);
    const calls = await metric('collector_detect_requests_total{code="Unavailable"}');
    assert.ok(calls >= 1 && calls <= 8, `${calls} calls in 4 s`);
  });

  it("counts the samples dropped in an outage longer than the window", async () => {
    await start(detector.port, { window: 6 });
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

  it("forgets a series without samples for a whole window", async () => {
    const core = describeSeries("cpu7_utilization_percent", { intervalMs: 100 });
    source.readings = [
      { series: cpu, value: 1 },
      { series: core, value: 1 },
    ];
    await start(detector.port, { window: 10 });
    const gone = 'outliers_value{series="cpu7_utilization_percent"}';
    await until("the series", async () => (await metric(gone)) === 1);
    source.readings = [{ series: cpu, value: 1 }];
    await until("it to be forgotten", async () => Number.isNaN(await metric(gone)));
  });

  it("sets aside a series that the detector refuses, and reports it", async () => {
    await start(detector.port, { threshold: -1 });
    const refused = 'collector_detect_requests_total{code="InvalidArgument"}';
    await until("the refusal", async () => (await metric(refused)) >= 1);
    await until(
      "it to be set aside",
      async () => (await metric("collector_series_set_aside")) === 1,
    );
    assert.equal(await metric(refused), 1, "it is not retried");
    assert.equal(pipeline.readiness().ready, false);
  });

  it("isolates sources from another's non-finite value or hanging read", async () => {
    source.readings = [{ series: cpu, value: Number.NaN }];
    const load = describeSeries("load1", { intervalMs: 100 });
    const healthy: Source = {
      name: "healthy",
      intervalMs: 100,
      deadlineMs: 1000,
      read: async () => [{ series: load, value: 1 }],
    };
    const hanging: Source = { ...healthy, name: "hanging", read: () => new Promise(() => {}) };
    await start(detector.port, {}, [source, hanging, healthy]);
    assert.equal(pipeline.readiness().ready, false, "nothing is known yet");
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    assert.equal(await metric('collector_sample_success{source="manual"}'), 0);
    assert.equal(await metric('collector_sample_success{source="healthy"}'), 1);
    const reason = "source manual failed: see the log";
    assert.deepEqual(pipeline.readiness(), { ready: false, reason });
    source.readings = [{ series: cpu, value: 1 }];
    const isOther = () => pipeline.readiness().reason !== reason;
    await until("the source to recover", async () => isOther());
  });

  it("exports the labels of a series, and its own interval", async () => {
    const labelled = describeSeries("disk", { labels: { device: "sda", series: "x" } });
    source.readings = [{ series: labelled, value: 7 }];
    await start(detector.port);
    const labels = '{series="disk",device="sda",exported_series="x"}';
    await until("the series", async () => (await metric(`outliers_value${labels}`)) === 7);
    assert.equal(await metric(`outliers_interval_seconds${labels}`), 1);
  });

  it("has its samples scored over a stream, even if the detector restarts", async () => {
    await start(detector.port, { method: "adaptive", capacity: 1000 });
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
    source.readings = [{ series: cpu, value: 99 }];
    const series = '{series="cpu_utilization_percent"}';
    await until("the outlier", async () => (await metric(`outliers_active${series}`)) === 1);
    assert.equal(await metric("collector_dropped_samples_total"), 0);
    assert.ok((await metric(`outliers_score${series}`)) > 1);
    const [incident] = pipeline.incidents.since(0);
    assert.equal(incident?.events[0]?.series, "cpu_utilization_percent");
  });

  it("continues after a restart without a warm-up, and keeps its counters", async () => {
    using folder = temporaryFolder();
    const settings = { method: "adaptive", capacity: 1000, stateDir: folder.path } as const;
    const state = (name: string) =>
      metric(`outliers_state{series="cpu_utilization_percent",state="${name}"}`);
    const labels = '{series="cpu_utilization_percent"}';
    await start(detector.port, settings);
    await until("the end of the warm-up", async () => (await state("constant")) === 1);
    source.readings = [{ series: cpu, value: 99 }];
    await until("an outlier", async () => (await metric(`outliers_detected_total${labels}`)) >= 1);
    source.readings = [{ series: cpu, value: 1 }];
    await pipeline.close();
    const before = await metric(`outliers_detected_total${labels}`);
    client.close();

    await start(detector.port, settings);
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    assert.equal(await state("warming_up"), 0);
    assert.ok((await metric(`outliers_detected_total${labels}`)) >= before);
    assert.equal(await metric("collector_state_write_success"), 1);
    assert.equal(pipeline.incidents.since(0)[0]?.events[0]?.peak.sample.value, 99);
  });

  it("learns what was normal: at once, over a restart, for no other series, until it is taken back", async () => {
    using folder = temporaryFolder();
    const other = describeSeries("load1", { intervalMs: 100 });
    const settings = { method: "adaptive", capacity: 1000, stateDir: folder.path } as const;
    const feed = (...values: [number, number]) => {
      source.readings = [
        { series: cpu, value: values[0] },
        { series: other, value: values[1] },
      ];
    };
    const outliers = async () => ({
      cpu: await metric('outliers_detected_total{series="cpu_utilization_percent"}'),
      load1: await metric('outliers_detected_total{series="load1"}'),
    });
    /** Lets the next samples be of a value, and then none of it. @returns the new outliers */
    async function burst(): Promise<{ cpu: number; load1: number }> {
      const before = await outliers();
      feed(99, 99);
      const samples = await metric("collector_samples_total");
      await until("the burst", async () => {
        const isSampled = (await metric("collector_samples_total")) >= samples + 10;
        return isSampled && (await metric("collector_backlog_samples")) <= 2;
      });
      feed(1, 1);
      const after = await outliers();
      return { cpu: after.cpu - before.cpu, load1: after.load1 - before.load1 };
    }
    const isKnown = (id: string) => async () =>
      pipeline.normals.stateOf(cpu.name, id).state === "learnt";

    feed(1, 1);
    await start(detector.port, settings);
    await until("the end of the warm-up", async () => {
      return (await metric('outliers_state{series="load1",state="constant"}')) === 1;
    });
    const first = await burst();
    assert.ok(first.cpu >= 1 && first.load1 >= 1);
    const [incident] = pipeline.incidents.since(0);
    assert.ok(incident);
    const { period } = pipeline.normals.mark(
      { from: incident.sinceMs, to: incident.untilMs, series: [cpu.name], note: "", by: "ada" },
      "marked",
    );
    await until("the detector to know it", isKnown(period.id));
    const second = await burst();
    assert.equal(second.cpu, 0);
    assert.ok(second.load1 >= 1, "nobody said so of this one");

    await pipeline.close();
    client.close();
    await start(detector.port, settings);
    await until("a verdict", async () => (await metric("collector_detector_up")) === 1);
    assert.deepEqual(pipeline.normals.list, [period]);
    assert.equal(await isKnown(period.id)(), true, "from the checkpoint");
    assert.equal((await burst()).cpu, 0);

    pipeline.normals.takeBack(period.id, "marked");
    await until("the detector to forget it", async () => !(await isKnown(period.id)()));
    assert.ok((await burst()).cpu >= 1);
  });

  it("continues from a folder that version 0.2.0 has written, without a warm-up", async () => {
    using folder = temporaryFolder();
    cpSync(join(import.meta.dirname, "fixtures/state-0.2.0"), folder.path, { recursive: true });
    const hostProc = join(folder.path, "proc");
    mkdirSync(hostProc);
    writeFileSync(join(hostProc, "loadavg"), "0.55 0.50 0.40 1/200 1234\n");
    writeFileSync(join(hostProc, "meminfo"), "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n");
    const sources = createHostSources(["load", "memory"], {
      hostProc,
      perCore: false,
      intervalMs: 100,
      direction: "both",
      minDeviation: undefined,
    });
    const settings = { method: "adaptive", capacity: 20_000, stateDir: folder.path } as const;
    await start(detector.port, settings, sources);
    assert.equal(pipeline.incidents.since(0)[0]?.events[0]?.peak.sample.value, 40.25);
    await until("verdicts", async () => (await metric("collector_detector_up")) === 1);
    for (const name of ["load1", "memory_used_percent"]) {
      assert.equal(await metric(`outliers_state{series="${name}",state="ready"}`), 1);
    }
    assert.equal(await metric('outliers_detected_total{series="load1"}'), 5);
    assert.equal(await metric('collector_detect_requests_total{code="FailedPrecondition"}'), NaN);
    assert.deepEqual(
      readdirSync(folder.path).filter((name) => name.endsWith(".damaged")),
      [],
    );
  });

  it("has series with different options scored over a stream of their own", async () => {
    const coarse = describeSeries("load1", { intervalMs: 100, minDeviation: 5 });
    const alike = describeSeries("memory_used_percent", { intervalMs: 100, max: 100 });
    source.readings = [cpu, coarse, alike].map((series) => ({ series, value: 1 }));
    await start(detector.port, { method: "adaptive", capacity: 1000 });
    await until("no backlog", async () => {
      const isUp = (await metric("collector_detector_up")) === 1;
      return isUp && (await metric("collector_backlog_samples")) <= 3;
    });
    assert.equal(await metric("collector_streams_opened_total"), 2);
  });
});

/** Records the series that it is given; scores nothing. */
function notingDetection(onSamples: (kept: ReadonlySet<Series>) => void) {
  const kept = new Set<Series>();
  let restarts = 0;
  const detection: Detection = {
    add: (series) => void kept.add(series),
    remove: (series) => void kept.delete(series),
    onSamples: () => onSamples(kept),
    detect() {},
    restart() {
      restarts += 1;
    },
    lastCode: () => undefined,
    setAside: () => [],
  };
  return { detection, restarts: () => restarts };
}

/** A pipeline whose clock jumps from tick to tick until the test has seen enough. */
async function startManual(
  read: (reads: number, clock: ManualClock) => readonly Reading[],
  options: { capacity: number; shownIntervals: number },
  onSamples: (kept: ReadonlySet<Series>) => void,
) {
  const clock = new ManualClock(100_000);
  const noting = notingDetection(onSamples);
  let reads = 0;
  const manual: Source = {
    name: "manual",
    intervalMs: 1000,
    deadlineMs: 1000,
    async read() {
      reads += 1;
      return read(reads, clock);
    },
  };
  pipeline = await startPipeline(
    {
      stateDir: undefined,
      normalsFile: undefined,
      detectIntervalMs: 1000,
      activeHoldMs: 1000,
      pastSamples: 0,
      ...options,
    },
    [manual],
    () => noting.detection,
    clock,
    logger,
  );
  return noting;
}

describe("the pipeline, on a clock that a test moves", () => {
  const load = describeSeries("load1");
  const options = { capacity: 100, shownIntervals: 100 };

  it("keeps sample times rising when the clock is set back a little", async () => {
    const timesMs: number[] = [];
    await startManual(
      (reads, clock) => {
        if (reads === 3) clock.set(96_000);
        return [{ series: load, value: reads }];
      },
      options,
      ([series]) => {
        if (series) timesMs.push(series.newest.timeMs);
        if (timesMs.length >= 10) void pipeline.close();
      },
    );
    await until("ten samples", async () => timesMs.length >= 10);
    const behind = [103_001, 103_002, 103_003, 103_004, 103_005];
    assert.deepEqual(timesMs.slice(0, 3), [101_000, 102_000, 103_000]);
    assert.deepEqual(timesMs.slice(3, 8), behind);
    assert.ok(timesMs.every((timeMs, at) => at === 0 || timeMs > (timesMs[at - 1] ?? 0)));
  });

  it("starts over when the clock is set far back: no sample stays in the future", async () => {
    const timesMs: number[] = [];
    const checkpointTimesMs: (number | undefined)[] = [];
    const noting = await startManual(
      (reads, clock) => {
        if (reads === 3) clock.set(50_000);
        return [{ series: load, value: reads }];
      },
      options,
      ([series]) => {
        if (!series) return;
        timesMs.push(series.newest.timeMs);
        if (timesMs.length === 1)
          series.checkpoint = { state: Uint8Array.of(1), timeMs: 40_000, normals: [] };
        checkpointTimesMs.push(series.checkpoint?.timeMs);
        if (timesMs.length >= 6) void pipeline.close();
      },
    );
    await until("six samples", async () => timesMs.length >= 6);
    assert.deepEqual(timesMs.slice(0, 6), [101_000, 102_000, 103_000, 51_000, 52_000, 53_000]);
    assert.equal(noting.restarts(), 1);
    assert.equal(checkpointTimesMs[5], 40_000, "what was learned before is kept");
  });

  it("hides a series without samples, later forgets it, and counts what it drops", async () => {
    const core = describeSeries("core");
    const seen: { shown: string[]; kept: string[]; samples: number }[] = [];
    await startManual(
      (reads) => {
        const isOnline = reads <= 3 || (reads >= 10 && reads <= 12);
        const one = { series: load, value: reads };
        return isOnline ? [one, { series: core, value: reads }] : [one];
      },
      { capacity: 20, shownIntervals: 3 },
      (kept) => {
        const samples = [...kept].find(({ id }) => id === "core")?.samples.pushed ?? 0;
        const shown = pipeline.series().map(({ id }) => id);
        seen.push({ shown, kept: [...kept].map(({ id }) => id), samples });
        if (seen.length >= 40) void pipeline.close();
      },
    );
    await until("forty samples", async () => seen.length >= 40);
    const both = ["load1", "core"];
    assert.deepEqual(seen[4], { shown: both, kept: both, samples: 3 });
    assert.deepEqual(seen[7], { shown: ["load1"], kept: both, samples: 3 });
    assert.deepEqual(seen[11], { shown: both, kept: both, samples: 6 });
    assert.deepEqual(seen[38], { shown: ["load1"], kept: ["load1"], samples: 0 });
    // load1 has dropped the samples beyond its capacity, and core its six.
    const samples = await metric("collector_samples_total");
    const waiting = await metric("collector_backlog_samples");
    assert.equal(await metric("collector_dropped_samples_total"), samples - waiting);
  });
});
