import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "@outliers/testing/certificates";
import { captureLog } from "@outliers/testing/log";
import { createMetrics } from "../src/metrics.ts";
import { Series } from "../src/series.ts";
import { Incidents } from "../src/sinks/incidents.ts";
import { Statuses } from "../src/sinks/status.ts";
import { StateStore } from "../src/state-store.ts";
import { ManualClock } from "./manual-clock.ts";
import { testNormals } from "./support/normals.ts";
import { describeSeries, detect, seriesOf } from "./support/series.ts";

const quiet = { onEventBegins() {}, onIncidentEnds() {} };

/** A collector's state in a folder. */
async function open(folder: string, clock = new ManualClock(Date.now())) {
  const log = captureLog();
  const series: Series[] = [];
  const statuses = new Statuses(1000);
  const incidents = new Incidents(100, quiet);
  const normals = testNormals(() => series);
  const metrics = createMetrics({
    series: () => [],
    statuses,
    backlog: () => 0,
    setAside: () => 0,
    now: clock.now,
    activeHoldMs: 1000,
  });
  const store = await StateStore.open(folder, { clock, logger: log.logger, metrics });
  normals.restore(store.normals);
  return {
    store,
    log,
    metrics,
    incidents,
    series,
    normals,
    /** Gives all samples of a series their verdicts. */
    detect(series: Series) {
      const detected = detect(series);
      for (const sink of [statuses, incidents, store]) sink.onVerdicts(series, detected, 5000);
    },
    /** Writes everything, as at the end of the process. */
    async close() {
      await store.run({ statuses, incidents, normals }, AbortSignal.abort());
    },
  };
}

describe("the state of a collector", () => {
  it("is there after a restart: checkpoints, the samples since, figures, incidents", async () => {
    using folder = temporaryFolder();
    const before = await open(folder.path);
    const series = seriesOf("cpu", [1, 99, 2, 3], { labels: { core: "0" } });
    before.detect(series);
    series.checkpoint = { state: Uint8Array.of(1, 2, 255), timeMs: 2000, normals: ["id"] };
    series.push({ timeMs: 5000, value: 4 });
    await before.close();

    const after = await open(folder.path);
    const stored = after.store.take('cpu{core="0"}') ?? assert.fail();
    assert.deepEqual(stored.checkpoint, {
      state: Uint8Array.of(1, 2, 255),
      timeMs: 2000,
      normals: ["id"],
    });
    assert.deepEqual(stored.samples, [
      { timeMs: 3000, value: 2 },
      { timeMs: 4000, value: 3 },
      { timeMs: 5000, value: 4 },
    ]);
    assert.equal(stored.scored, 2, "the last one waits for its verdict");
    assert.deepEqual([stored.status.outliers, stored.status.events], [1, 1]);
    assert.equal(stored.status.lastOutlier?.sample.value, 99);
    assert.equal(after.store.take('cpu{core="0"}'), undefined, "once");
    after.incidents.restore(after.store.incidents);
    assert.equal(after.incidents.since(0)[0]?.events[0]?.series, 'cpu{core="0"}');
    assert.deepEqual(
      readdirSync(folder.path).filter(
        (name) => !/^(series-\w+|incidents|normals)\.json$/.test(name),
      ),
      [],
      "no temporary file is left",
    );
  });

  it("has what the samples of a series that is compared with its peers was compared with", async () => {
    using folder = temporaryFolder();
    const before = await open(folder.path);
    const [first, second] = [
      { timeMs: 1000, value: 1, reference: 0.5 },
      { timeMs: 2000, value: 2, reference: 0.25 },
    ];
    const typical = describeSeries("typical");
    const series = new Series(describeSeries("a", { typical }), first, { capacity: 10, kept: 10 });
    series.push(second);
    before.detect(series);
    before.detect(seriesOf("b", [1, 2]));
    await before.close();
    const after = await open(folder.path);
    const stored = after.store.take("a");
    assert.equal(stored?.typical, "typical");
    assert.deepEqual(stored.samples, [first, second]);
    assert.equal(after.store.take("b")?.typical, undefined);
  });

  it("is there with what was marked as normal, however long ago", async () => {
    using folder = temporaryFolder();
    const before = await open(folder.path);
    before.series.push(seriesOf("cpu", [1, 99, 2, 3]));
    const mark = { from: 2000, to: 3000, note: "a backup", by: "ada" };
    const { period } = before.normals.mark(mark, "marked");
    assert.deepEqual(period.samples, { cpu: { timesMs: [2000, 3000], values: [99, 2] } });
    await before.close();
    utimesSync(join(folder.path, "normals.json"), 0, 0);
    const after = await open(folder.path);
    assert.deepEqual(after.normals.list, [period]);
    after.normals.takeBack(period.id, "marked");
    await after.close();
    assert.deepEqual((await open(folder.path)).normals.list, []);
  });

  it("sets aside files that are damaged, each with a line that says why, and takes the rest", async () => {
    using folder = temporaryFolder();
    const before = await open(folder.path);
    for (const name of ["a", "b", "c"]) before.detect(seriesOf(name, [1, 2]));
    await before.close();
    const [first = "", second = ""] = readdirSync(folder.path).filter((name) =>
      name.startsWith("series-"),
    );
    const text = readFileSync(join(folder.path, first), "utf8");
    writeFileSync(join(folder.path, first), text.slice(0, text.length / 2));
    writeFileSync(join(folder.path, second), '{"version":7}');
    writeFileSync(join(folder.path, "notes.txt"), "somebody else's");

    const after = await open(folder.path);
    const taken = ["a", "b", "c"].filter((id) => after.store.take(id));
    assert.equal(taken.length, 1);
    assert.equal(after.log.lines.filter((line) => line.includes("is damaged")).length, 2);
    const names = readdirSync(folder.path);
    assert.equal(names.filter((name) => name.endsWith(".damaged")).length, 2);
    assert.ok(names.includes("notes.txt"));
  });

  it("is deleted when nobody came back for it in a month", async () => {
    using folder = temporaryFolder();
    const before = await open(folder.path);
    before.detect(seriesOf("a", [1, 2]));
    await before.close();
    const old = Date.now() / 1000 - 31 * 86_400;
    for (const name of readdirSync(folder.path)) utimesSync(join(folder.path, name), old, old);
    const after = await open(folder.path);
    assert.equal(after.store.take("a"), undefined);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it("that can't be written costs one warning and a metric", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "file");
    writeFileSync(path, "not a folder");
    chmodSync(path, 0o400);
    const state = await open(path);
    for (const name of ["a", "b"]) state.detect(seriesOf(name, [1, 2]));
    await state.close();
    const warnings = state.log.lines.filter((line) => line.includes("state can't be stored"));
    assert.equal(warnings.length, 1);
    const text = await state.metrics.registry.metrics();
    assert.match(text, /^collector_state_write_success 0$/m);
    assert.match(text, /^collector_state_write_failures_total [12]$/m);
  });

  it("is written as soon as that is possible again, even if nothing has changed since", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "state");
    const before = await open(path);
    before.detect(seriesOf("cpu", [1, 99]));
    rmdirSync(path);
    writeFileSync(path, "not a folder");
    await before.close();
    rmSync(path);
    mkdirSync(path);
    await before.close();

    const after = await open(path);
    assert.equal(after.store.take("cpu")?.status.outliers, 1);
    assert.equal(after.store.incidents.length, 1);
  });
});
