import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createDetectorClient } from "@outliers/client/detector-client";
import { waitFor } from "@outliers/service/wait-for";
import { temporaryFolder } from "@outliers/testing/certificates";
import { startDetector } from "@outliers/testing/detector";
import { captureLog } from "@outliers/testing/log";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { createDetection, pastSamplesOf } from "../../../src/detection.ts";
import { startPipeline } from "../../../src/pipeline.ts";
import type { Series } from "../../../src/series.ts";
import { watchQueries } from "../../../src/sources/prometheus/queries.ts";
import { readQueries } from "../../../src/sources/prometheus/queries-file.ts";
import {
  type FakeRequest,
  type FakeSeries,
  fakePrometheus,
} from "../../support/fake-prometheus.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WITHIN_MS = 30_000;

/** A clock on which a minute takes a tenth of a second. */
function fastClock(): Clock {
  const FACTOR = 600;
  const startMs = Date.now();
  return {
    now: () => startMs + (performance.now() - startedAtMs) * FACTOR,
    sleep: (durationMs, signal) => systemClock.sleep(durationMs / FACTOR, signal),
  };
}
const startedAtMs = performance.now();

let detector: Awaited<ReturnType<typeof startDetector>>;

/** A collector of the queries in a file, which has the server's URL already. */
async function collect(
  prometheus: { url: string },
  queries: string,
  options: { clock?: Clock; stateDir?: string } = {},
) {
  const { clock = fastClock(), stateDir } = options;
  const folder = temporaryFolder();
  const write = (text: string): string =>
    folder.write("queries.yml", `url: ${prometheus.url}\nqueries:\n${text}\n`);
  const file = write(queries);
  const log = captureLog();
  const client = createDetectorClient(`dns:///127.0.0.1:${detector.port}`, 5000);
  const detection = {
    method: "adaptive",
    threshold: 0,
    sensitivity: 0.1,
    trigger: { k: 1, n: 1 },
    timeZone: "UTC",
    window: 300,
    minSamples: 6,
    detectIntervalMs: 1000,
  } as const;
  const pipeline = await startPipeline(
    {
      stateDir,
      normalsFile: undefined,
      detectIntervalMs: 1000,
      capacity: 20_000,
      shownIntervals: 300,
      pastSamples: pastSamplesOf(detection),
      activeHoldMs: 10 * MINUTE_MS,
    },
    [],
    (context, onStream) => createDetection(detection, client, onStream, context),
    clock,
    log.logger,
  );
  const watched = watchQueries(readQueries(file), {
    file,
    direction: "both",
    clock,
    logger: log.logger,
    metrics: pipeline.metrics,
    onChange: (sources) => pipeline.replaceSources(sources),
  });
  async function metric(line: string): Promise<number> {
    const text = await pipeline.metrics.registry.metrics();
    const found = text.split("\n").find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? Number.NaN);
  }
  return {
    pipeline,
    log,
    write,
    watched,
    metric,
    until: (line: string, expected: number) =>
      waitFor(`${line} ${expected}`, WITHIN_MS, async () => (await metric(line)) === expected),
    async [Symbol.asyncDispose]() {
      await pipeline.close();
      await watched.close();
      client.close();
      folder[Symbol.dispose]();
    },
  };
}

function assertNoGap({ samples }: Series): void {
  for (let at = samples.oldest + 1; at < samples.pushed; at++)
    assert.equal(samples.at(at).timeMs - samples.at(at - 1).timeMs, MINUTE_MS, `sample ${at}`);
}

/** Noise between 0 and 1 that is the same whenever it is asked for. */
const noise = (timeMs: number): number => {
  const value = Math.sin(timeMs / MINUTE_MS) * 10_000;
  return value - Math.floor(value);
};

/** A busy hour every night; 14 days ago at the earliest. */
const nightly = (metric: Record<string, string>): FakeSeries => ({
  metric,
  at: (timeMs) => 10 + noise(timeMs) + (timeMs % DAY_MS < 3_600_000 ? 50 : 0),
});

/** Whether the weeks before are read, rather than what came since. */
const isOfThePast = ({ startMs }: FakeRequest): boolean => startMs < Date.now() - 7 * DAY_MS;

describe("watched queries, with a real detector and a fake Prometheus", () => {
  before(async () => {
    detector = await startDetector({ maxPoints: 10_000, maxMessageBytes: 1 << 20 });
  });
  after(() => detector[Symbol.asyncDispose]());

  it("are ready at once with what 14 days teach, of which no outlier counts", async () => {
    await using prometheus = await fakePrometheus();
    const quiet = nightly({ host: "a" });
    let extra = 0;
    prometheus.series = () => [{ ...quiet, at: (timeMs) => Number(quiet.at(timeMs)) + extra }];
    await using collector = await collect(
      prometheus,
      "  - { name: night, expr: load, labels: { keep: [host] } }",
    );
    const labels = 'series="night",query="night",host="a"';
    await collector.until(`outliers_state{${labels},state="ready"}`, 1);
    await collector.until('collector_backfill_series{query="night"}', 0);
    const taught = await collector.metric('collector_backfill_samples_total{query="night"}');
    assert.ok(taught >= 20_000 && taught < 21_000, String(taught));
    assert.equal(await collector.metric(`outliers_detected_total{${labels}}`), 0);
    assert.ok(
      (await collector.metric(`outliers_unmonitored_seconds_total{${labels}}`)) < DAY_MS / 1000,
    );
    assert.equal(await collector.metric("collector_dropped_samples_total"), 0);
    extra = 500;
    await collector.until(`outliers_active{${labels}}`, 1);
    await collector.log.line(/last 14 days.*incident began/);
  });

  it("have series that stop in a state of their own, by option as an event, and go on later", async () => {
    await using prometheus = await fakePrometheus();
    const all = [nightly({ host: "a" }), nightly({ host: "b" })];
    let kept = all;
    prometheus.series = () => kept;
    await using collector = await collect(
      prometheus,
      "  - { name: q, expr: load, absent: event }\n  - { name: quiet, expr: load }",
    );
    const [q, quiet] = ["q", "quiet"].map((name) => `series="${name}",query="${name}",host="b"`);
    await collector.until(`outliers_state{${q},state="ready"}`, 1);
    await collector.until(`outliers_state{${quiet},state="ready"}`, 1);
    kept = all.slice(0, 1);
    await collector.until(`outliers_state{${q},state="absent"}`, 1);
    await collector.until(`outliers_state{${quiet},state="absent"}`, 1);
    assert.ok(Number.isNaN(await collector.metric(`outliers_value{${q}}`)), "a value is shown");
    await collector.until(`outliers_active{${q}}`, 1);
    assert.equal(await collector.metric(`outliers_active{${quiet}}`), 0);
    await collector.log.line(/the series is absent.*incident began/);
    assert.equal(
      await collector.metric('outliers_state{series="q",query="q",host="a",state="absent"}'),
      0,
    );
    kept = all;
    await collector.until(`outliers_state{${q},state="ready"}`, 1);
    await collector.log.line(/incident ended/);
    assert.equal(await collector.metric(`outliers_events_total{${q}}`), 1);
  });

  it("are not absent while Prometheus is down, and have no gap afterwards", async () => {
    await using prometheus = await fakePrometheus();
    prometheus.series = () => [nightly({ host: "a" })];
    await using collector = await collect(prometheus, "  - { name: q, expr: load }");
    const labels = 'series="q",query="q",host="a"';
    await collector.until(`outliers_state{${labels},state="ready"}`, 1);
    await collector.until('collector_backfill_series{query="q"}', 0);
    prometheus.answer = (_, response) => {
      response.writeHead(500).end("out of memory");
      return true;
    };
    await collector.until('collector_sample_success{source="q"}', 0);
    await collector.log.line(/HTTP 500: out of memory.*source failed/);
    // Another instance could not do better.
    assert.deepEqual(collector.pipeline.readiness(), {
      ready: true,
      reason: "ok, but queries fail: q",
    });
    const failed = prometheus.requests.length;
    await waitFor("more failures", WITHIN_MS, async () => prometheus.requests.length > failed + 3);
    assert.equal(await collector.metric(`outliers_state{${labels},state="absent"}`), 0);
    prometheus.answer = () => false;
    await collector.until('collector_sample_success{source="q"}', 1);
    await collector.until("collector_backlog_samples", 0);
    const [series] = collector.pipeline.series();
    assert.ok(series);
    assertNoGap(series);
  });

  it("are compared with their peers: what all do is normal, and a new member is scored from its first sample", async () => {
    await using prometheus = await fakePrometheus();
    let shift = 0;
    const member = (nth: number, unlike = () => 0): FakeSeries => ({
      metric: { host: `h${nth}`, job: "api" },
      at: (timeMs) => {
        const day = 50 * Math.sin((2 * Math.PI * timeMs) / DAY_MS);
        return 500 + day + nth + 5 * noise(timeMs + 7919 * nth) + shift + unlike();
      },
    });
    let oddness = 0;
    const old = [0, 1, 2, 3, 4, 5, 6].map((nth) => member(nth, () => (nth === 2 ? oddness : 0)));
    const alone = { ...member(0), metric: { host: "alone", job: "other" } };
    let members = [...old, alone];
    prometheus.series = () => members;
    await using collector = await collect(
      prometheus,
      "  - { name: q, expr: load, interval: 5m, peers: { by: [job] }, min_deviation: { absolute: 20 }, limit: 10 }",
    );
    const labels = (host: string) => `series="q",query="q",host="${host}",job="api"`;
    const detected = (host: string) => collector.metric(`outliers_detected_total{${labels(host)}}`);
    await collector.until('collector_backfill_series{query="q"}', 0);
    for (const { metric } of old)
      await collector.until(`outliers_state{${labels(metric.host ?? "")},state="ready"}`, 1);
    await collector.log.line(/fewer than 3 peers/);
    const before = await collector.metric(
      'collector_query_ignored_values_total{query="q",reason="peers"}',
    );
    assert.ok(before >= 1, String(before));

    shift = 300;
    await waitFor("values of all", WITHIN_MS, async () => {
      const value = await collector.metric(`outliers_value{${labels("h0")}}`);
      const expected = await collector.metric(`outliers_expected{${labels("h0")}}`);
      return value > 700 && Math.abs(value - expected) < 20;
    });

    members = [...members, member(3.5), member(4.5, () => 200)];
    const pastReads = prometheus.requests.filter(isOfThePast).length;
    await collector.until(`outliers_active{${labels("h4.5")}}`, 1);
    await collector.until(`outliers_state{${labels("h3.5")},state="ready"}`, 1);
    assert.equal(prometheus.requests.filter(isOfThePast).length, pastReads, "its past was read");
    const odd = collector.pipeline.series().find(({ id }) => id.includes("h4.5"));
    assert.equal(await detected("h4.5"), odd?.scored, "each of its samples is an outlier");
    await collector.log.line(/difference from the median of its peers, \d+: .*incident began/);

    oddness = 200;
    await collector.until(`outliers_active{${labels("h2")}}`, 1);
    for (const host of ["h0", "h1", "h3", "h3.5", "h4", "h5", "h6"])
      assert.equal(await detected(host), 0, host);
    const text = await collector.pipeline.metrics.registry.metrics();
    assert.doesNotMatch(text, /typical/);
    assert.equal(collector.pipeline.series().length, 9);
  });

  it("stay as far from unequal peers as they were when some of these stop", async () => {
    await using prometheus = await fakePrometheus();
    // One is not there at first, but has a past of its own.
    const clock = fastClock();
    const goneFromMs = clock.now() - 10 * MINUTE_MS;
    let isBack = false;
    const all = [0, 1, 2, 3, 4].map(
      (nth): FakeSeries => ({
        metric: { host: `h${nth}` },
        at: (timeMs) =>
          nth === 4 && timeMs > goneFromMs && !isBack
            ? undefined
            : 500 + 50 * nth + 5 * noise(timeMs + 7919 * nth),
      }),
    );
    let members = all;
    prometheus.series = () => members;
    const policy = "interval: 5m, min_deviation: { absolute: 20 }, absent: event, peers: {}";
    await using collector = await collect(prometheus, `  - { name: q, expr: load, ${policy} }`, {
      clock,
    });
    const state = (host: string, name: string) =>
      `outliers_state{series="q",query="q",host="${host}",state="${name}"}`;
    const detected = (host: string) =>
      collector.metric(`outliers_detected_total{series="q",query="q",host="${host}"}`);
    await waitFor("a first read", WITHIN_MS, async () => prometheus.requests.length > 1);
    isBack = true;
    for (const { metric } of all) await collector.until(state(metric.host ?? "", "ready"), 1);
    await collector.until('collector_backfill_series{query="q"}', 0);

    members = all.slice(0, 4);
    await collector.until(state("h4", "absent"), 1);
    for (const host of ["h0", "h1", "h2", "h3"]) assert.equal(await detected(host), 0, host);
    // Three have two peers each: they get no verdicts, but are there.
    members = all.slice(0, 3);
    await collector.until(state("h3", "absent"), 1);
    await collector.log.line(/fewer than 3 peers/);
    for (const host of ["h0", "h1", "h2"]) {
      await collector.until(state(host, "alone"), 1);
      const value = await collector.metric(`outliers_value{series="q",query="q",host="${host}"}`);
      assert.ok(Number.isNaN(value), "a value without a verdict is shown");
      assert.equal(await collector.metric(state(host, "absent")), 0, host);
      assert.equal(await detected(host), 0, host);
    }
    members = all;
    await collector.until(state("h3", "ready"), 1);
    await collector.until(state("h4", "ready"), 1);
    for (const host of ["h0", "h1", "h2"]) assert.equal(await detected(host), 0, host);
  });

  it("know after a restart what their peers have in common", async () => {
    using folder = temporaryFolder();
    await using prometheus = await fakePrometheus();
    const member = (nth: number): FakeSeries => ({
      metric: { host: `h${nth}` },
      at: (timeMs) => 500 + nth + 5 * noise(timeMs + 7919 * nth),
    });
    let members = [0, 1, 2, 3, 4].map(member);
    prometheus.series = () => members;
    const query = "  - { name: q, expr: load, interval: 5m, min_deviation: { absolute: 20 }";
    const options = { clock: fastClock(), stateDir: folder.path };
    const state = (host: string) =>
      `outliers_state{series="q",query="q",host="${host}",state="ready"}`;
    {
      await using collector = await collect(prometheus, `${query}, peers: {} }`, options);
      for (const { metric } of members) await collector.until(state(metric.host ?? ""), 1);
      // What has had no verdict but on its past is not stored.
      await waitFor("verdicts", WITHIN_MS, async () =>
        collector.pipeline
          .series()
          .every((one) => one.backlog === 0 && one.newest.timeMs >= one.liveFromMs),
      );
    }
    members = [...members, member(9)];
    prometheus.requests.length = 0;
    {
      await using collector = await collect(prometheus, `${query}, peers: {} }`, options);
      await collector.until(state("h0"), 1);
      await collector.until(state("h9"), 1);
      assert.equal(prometheus.requests.filter(isOfThePast).length, 0, "the past was read");
      const [known] = collector.pipeline.series();
      assert.ok(known && known.samples.at(known.samples.oldest).reference !== undefined);
    }
    // What was learned of differences is of no use to values.
    prometheus.requests.length = 0;
    await using collector = await collect(prometheus, `${query} }`, options);
    await collector.until(state("h0"), 1);
    assert.ok(prometheus.requests.some(isOfThePast), "the past was not read");
    assert.equal(
      await collector.metric('outliers_detected_total{series="q",query="q",host="h0"}'),
      0,
    );
  });

  it("watch no more series than their limit; one that is absent makes room", async () => {
    await using prometheus = await fakePrometheus();
    const all = ["a", "b", "c"].map((host) => nightly({ host }));
    let kept = all;
    prometheus.series = () => kept;
    await using collector = await collect(prometheus, "  - { name: q, expr: load, limit: 2 }");
    const state = (host: string, name: string) =>
      `outliers_state{series="q",query="q",host="${host}",state="${name}"}`;
    await collector.until('collector_query_series_left_out{query="q"}', 1);
    await collector.until('collector_query_series{query="q"}', 3);
    await collector.until(state("b", "ready"), 1);
    assert.equal(collector.pipeline.series().length, 2);
    await collector.log.line(/more series than its limit/);
    kept = all.slice(1);
    await collector.until(state("c", "ready"), 1);
    await collector.until('collector_query_series_left_out{query="q"}', 0);
    assert.equal(collector.pipeline.series().length, 2);
    assert.equal(collector.log.lines.filter((line) => line.includes("its limit")).length, 1);
  });

  it("may fail or find nothing from the start, and the collector is ready", async () => {
    await using prometheus = await fakePrometheus();
    prometheus.answer = ({ query }, response) => {
      if (query !== "wrong") return false;
      response.writeHead(400).end();
      return true;
    };
    await using collector = await collect(
      prometheus,
      "  - { name: nothing, expr: nothing }\n  - { name: wrong, expr: wrong }",
    );
    await waitFor("readiness", WITHIN_MS, async () => collector.pipeline.readiness().ready);
    assert.equal(collector.pipeline.readiness().reason, "ok, but queries fail: wrong");
  });

  it("are reloaded: queries that stayed go on, and a file that is wrong changes nothing", async () => {
    await using prometheus = await fakePrometheus();
    prometheus.series = (query) => [nightly({ host: query })];
    const stays = "  - { name: stays, expr: a }";
    // What is no PromQL may be what the server understands.
    const more = "b default 0";
    await using collector = await collect(
      prometheus,
      `${stays}\n  - { name: goes, expr: ${more} }`,
    );
    const ready = (name: string, host: string) =>
      `outliers_state{series="${name}",query="${name}",host="${host}",state="ready"}`;
    await collector.until(ready("stays", "a"), 1);
    await collector.until(ready("goes", more), 1);
    await collector.log.line(/queries\.yml:4:27: .*unexpected .*default.*the server has the last/);
    const find = (name: string) =>
      collector.pipeline.series().find(({ description }) => description.name === name);
    const [series] = [find("stays")];
    collector.write(`${stays}\n  - { name: wrong }`);
    collector.watched.reload();
    await collector.until("collector_config_last_reload_successful", 0);
    await collector.log.line(/queries\.yml:4:5.*the previous ones stay in use/);
    assert.ok(find("goes"));
    // Another query is edited: what is in use is no reason to refuse that.
    const edited = `${stays}\n  - { name: goes, expr: ${more}, limit: 9 }\n  - { name: new, expr: n }`;
    collector.write(edited);
    collector.watched.reload();
    await collector.until("collector_config_last_reload_successful", 1);
    await collector.until(ready("new", "n"), 1);
    assert.ok(find("goes"));
    await waitFor("a warning again", WITHIN_MS, async () => {
      const warnings = collector.log.lines.filter((line) =>
        line.includes("the server has the last"),
      );
      return warnings.length === 2;
    });
    collector.write(edited.replace(more, `${more}0`));
    collector.watched.reload();
    await collector.until("collector_config_last_reload_successful", 0);
    await collector.log.line(/queries\.yml:4:27: .*default.*the previous ones stay in use/);
    collector.write(`${stays}\n  - { name: comes, expr: c }`);
    await collector.until("collector_config_last_reload_successful", 1);
    await collector.until(ready("comes", "c"), 1);
    assert.equal(find("goes"), undefined);
    assert.equal(find("stays"), series, "it was begun again");
    assert.ok(Number.isNaN(await collector.metric('collector_query_series{query="goes"}')));
    assert.ok(
      Number.isNaN(await collector.metric('collector_query_info{query="goes",expr="b default 0"}')),
    );
    assert.equal(await collector.metric('collector_query_info{query="comes",expr="c"}'), 1);
    collector.write(`${stays}\n  - { name: wrong, expr: sum(c }`);
    await collector.until("collector_config_last_reload_successful", 0);
    await collector.log.line(/queries\.yml:4:31: .*expected PromQL.*the previous ones stay in use/);
    assert.ok(find("comes"));
    // Another server: all are asked there, and go on without a gap.
    prometheus.answer = ({ headers }, response) => {
      if (headers["x-scope-orgid"] !== undefined) return false;
      response.writeHead(401).end();
      return true;
    };
    await collector.until('collector_sample_success{source="stays"}', 0);
    const requests = prometheus.requests.length;
    collector.write(`${stays}\nhttp_config: { headers: { X-Scope-OrgID: team } }`);
    collector.watched.reload();
    await waitFor("requests with the new header", WITHIN_MS, async () =>
      prometheus.requests
        .slice(requests)
        .some(({ headers }) => headers["x-scope-orgid"] === "team"),
    );
    assert.equal(find("stays"), series, "it was begun again");
    assert.ok(series);
    const { newest } = series;
    await waitFor("newer samples", WITHIN_MS, async () => series.newest.timeMs > newest.timeMs);
    assertNoGap(series);
  });

  it("go on after a restart where they were; with another policy, the past teaches them again", async () => {
    await using prometheus = await fakePrometheus();
    prometheus.series = () => [nightly({ host: "a" })];
    using state = temporaryFolder();
    const options = { clock: fastClock(), stateDir: state.path };
    const samples = 'collector_backfill_samples_total{query="q"}';
    const ready = 'outliers_state{series="q",query="q",host="a",state="ready"}';
    {
      await using first = await collect(prometheus, "  - { name: q, expr: load }", options);
      await first.until(ready, 1);
      await waitFor("a sample since", WITHIN_MS, async () => {
        const isSampled = (await first.metric("collector_samples_total")) > 1;
        return isSampled && (await first.metric("collector_backlog_samples")) === 0;
      });
    }
    {
      await using second = await collect(prometheus, "  - { name: q, expr: load }", options);
      await second.until(ready, 1);
      await second.until('collector_backfill_series{query="q"}', 0);
      assert.ok((await second.metric(samples)) < 1000, "only the time in between is read");
    }
    await using third = await collect(
      prometheus,
      "  - { name: q, expr: load, min_deviation: { absolute: 1 } }",
      options,
    );
    await third.log.line(/can't use what was learnt/, WITHIN_MS);
    await waitFor("the past", WITHIN_MS, async () => (await third.metric(samples)) > 20_000);
    await third.until(ready, 1);
  });
});
