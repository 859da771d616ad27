import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "@outliers/testing/certificates";
import { captureLog } from "@outliers/testing/log";
import { type Mark, NormalPeriodError, NormalPeriods } from "../src/normal-periods.ts";
import { NormalsFile, parseNormals } from "../src/normals-file.ts";
import { Series } from "../src/series.ts";
import { ManualClock } from "./manual-clock.ts";
import { testNormals } from "./support/normals.ts";
import { describeSeries, seriesOf } from "./support/series.ts";

const mark = (from: number, to: number, ...series: string[]): Mark => ({
  from,
  to,
  note: "",
  by: "ada",
  ...(series.length > 0 && { series }),
});

/** Two series with ten samples a second apart, the first of them at second 1; it is second 20 now. */
function start() {
  const log = captureLog();
  const values = Array.from({ length: 10 }, (_, at) => at);
  const all: Series[] = [seriesOf("cpu", values), seriesOf("load1", values)];
  /** Of earlier incidents. */
  const outliers: { series: string; timeMs: number; value: number }[] = [];
  let told = 0;
  const clock = new ManualClock(20_000);
  const periods = new NormalPeriods({
    series: () => all,
    outliersOf: (id, fromMs, toMs) =>
      outliers.filter(({ series, timeMs }) => series === id && timeMs >= fromMs && timeMs <= toMs),
    now: clock.now,
    logger: log.logger,
    onEdit: () => {
      told += 1;
    },
  });
  const [cpu, load] = all;
  assert.ok(cpu && load);
  return { periods, all, outliers, cpu, load, log, clock, told: () => told };
}

const fails = (act: () => unknown, kind: NormalPeriodError["kind"], message: RegExp) =>
  assert.throws(act, (error: unknown) => {
    assert.ok(error instanceof NormalPeriodError, String(error));
    assert.match(error.message, message);
    return error.kind === kind;
  });

describe("a period that is marked as normal", () => {
  it("has the samples of its series from its first time to its last", () => {
    const { periods, cpu, load, told } = start();
    const { period } = periods.mark(mark(3000, 5000, "cpu"), "marked");
    assert.deepEqual(period.samples, { cpu: { timesMs: [3000, 4000, 5000], values: [2, 3, 4] } });
    assert.deepEqual(periods.of(cpu), [
      { id: period.id, timesMs: [3000, 4000, 5000], values: [2, 3, 4] },
    ]);
    assert.deepEqual(periods.of(load), []);
    assert.equal(told(), 1);
    periods.takeBack(period.id, "marked");
    assert.deepEqual([periods.of(cpu), periods.list, told()], [[], [], 2]);
  });

  it("has the difference where a series is compared with its peers", () => {
    const series = new Series(
      describeSeries("a"),
      { timeMs: 1000, value: 9, reference: 4 },
      { capacity: 10, kept: 10 },
    );
    const periods = testNormals(() => [series]);
    const { period } = periods.mark(mark(1000, 1000, "a"), "marked");
    assert.deepEqual(period.samples, { a: { timesMs: [1000], values: [5] } });
  });

  it("is of all series when none is named, but for those whose samples are not kept", () => {
    const { periods, all, log } = start();
    all[1]?.samples.trim(5);
    const { period, leftOut } = periods.mark(mark(3000, 8000), "marked");
    assert.deepEqual([period.series, Object.keys(period.samples)], [null, ["cpu"]]);
    assert.deepEqual(
      leftOut.map(({ series }) => series),
      ["load1"],
    );
    assert.match(log.lines.join(), /marked as normal/);
    assert.match(log.lines.join(), /load1 are kept from 1970-01-01T00:00:06/);
  });

  it("is refused when a series that is named has no samples of it", () => {
    const { periods, all } = start();
    all[1]?.samples.trim(5);
    fails(() => periods.mark(mark(3000, 8000, "cpu", "load1"), "marked"), "conflict", /kept from/);
    fails(() => periods.mark(mark(1500, 1600, "cpu"), "marked"), "conflict", /no sample from/);
    fails(() => periods.mark(mark(500, 600), "marked"), "conflict", /kept from/);
    fails(() => periods.mark(mark(3000, 8000, "x"), "marked"), "conflict", /are cpu, load1/);
    fails(() => periods.mark(mark(3000, 2000), "marked"), "invalid", /before it begins/);
    fails(() => periods.mark(mark(3000, 21_000), "marked"), "invalid", /in the future/);
    assert.deepEqual(periods.list, []);
  });

  it("has the outliers of an incident that is older than the samples", () => {
    const { periods, all, outliers } = start();
    all[0]?.samples.trim(5);
    outliers.push(
      { series: "cpu", timeMs: 3000, value: 97 },
      { series: "cpu", timeMs: 4000, value: 98 },
      { series: "load1", timeMs: 3000, value: 9 },
    );
    const { samples } = periods.mark(mark(2500, 7000, "cpu"), "marked").period;
    assert.deepEqual(samples.cpu, { timesMs: [3000, 4000, 6000, 7000], values: [97, 98, 5, 6] });
  });

  it("is the same one when it is marked twice, and there are at most eight of a series", () => {
    const { periods } = start();
    const { period } = periods.mark(mark(1000, 2000, "cpu"), "marked");
    fails(() => periods.mark(mark(1000, 2000, "cpu"), "marked"), "conflict", /already, by ada/);
    for (let at = 2; at <= 8; at++) periods.mark(mark(1000, 1000 + at * 1000, "cpu"), "marked");
    fails(() => periods.mark(mark(2000, 3000, "cpu"), "marked"), "conflict", /take one back/);
    periods.mark(mark(2000, 3000, "load1"), "marked");
    periods.takeBack(period.id, "marked");
    periods.mark(mark(2000, 3000, "cpu"), "marked");
  });

  it("is not given to a detector that refused it, and says so", () => {
    const { periods, cpu, log } = start();
    const { period } = periods.mark(mark(1000, 2000, "cpu"), "marked");
    assert.deepEqual(periods.stateOf("cpu", period.id), { state: "pending" });
    periods.onRefused(cpu, period.id, "too many");
    assert.deepEqual(periods.of(cpu), []);
    assert.deepEqual(periods.stateOf("cpu", period.id), { state: "refused", reason: "too many" });
    assert.match(log.lines.join(), /"level":"warn".*can't learn/);
    periods.takeBack(period.id, "marked");
    periods.mark(mark(1000, 2000, "cpu"), "marked");
    assert.equal(periods.of(cpu).length, 1, "marked again, it gets another try");
  });
});

const FILE = `# Reviewed like code.
normals:
  - from: 1970-01-01T00:00:03Z
    to: 1970-01-01T00:00:05Z
    series: [cpu]
    note: a deployment
    by: ada
`;

describe("NORMALS_FILE", () => {
  it("may be YAML or JSON", () => {
    const expected = [{ ...mark(3000, 5000, "cpu"), note: "a deployment" }];
    assert.deepEqual(parseNormals(FILE, "f"), expected);
    const [one] = expected;
    const json = JSON.stringify({
      normals: [{ ...one, from: "1970-01-01T00:00:03Z", to: "1970-01-01T01:00:05+01:00" }],
    });
    assert.deepEqual(parseNormals(json, "f"), expected);
  });

  it("says of each error where it is", () => {
    const broken = FILE.replace("1970-01-01T00:00:03Z", "yesterday").replace("note:", "notes:");
    assert.throws(
      () => parseNormals(broken, "f.yml"),
      /^Error: f.yml:3:11: normals\[0\].from: expected a time such as .*\nf.yml:6:5: normals\[0\]: Unrecognized key: "notes"$/,
    );
    assert.throws(() => parseNormals("normals: [", "f.yml"), /^Error: f.yml:1:11: /);
    assert.throws(() => parseNormals("", "f.yml"), /f.yml:1:1: .*expected object/);
    assert.throws(() => parseNormals("normals: 3", "f.yml"), /f.yml:1:10: normals: .*array/);
    assert.throws(() => parseNormals(FILE + FILE, "f.yml"), /f.yml:9:1: .*unique/);
  });

  it("is followed: what it lists is normal until it lists it no more", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "normals.yml");
    const { periods, cpu, log, clock } = start();
    const checks: { write: string; check: () => void }[] = [];
    /** Writes the file, and looks at what has become of it after the next check. */
    const then = (write: string, check: () => void) => checks.push({ write, check });
    const good = (): boolean => file.isGood;
    writeFileSync(path, FILE);
    const file = await NormalsFile.open(path, periods, log.logger);
    then(FILE, () => {
      const [first] = periods.list;
      assert.ok(first);
      assert.partialDeepStrictEqual(first, { origin: "file", note: "a deployment", by: "ada" });
      fails(() => periods.takeBack(first.id, "marked"), "conflict", /remove it there/);
    });
    then("normals: 1", () => {
      assert.deepEqual([good(), periods.list.length], [false, 1]);
      assert.match(log.lines.join(), /NORMALS_FILE can't be used.*|normals.yml:1:10/);
    });
    const future = FILE.replace("00:00:05Z", "00:01:00Z");
    then(future, () => {
      assert.deepEqual([good(), periods.list.length], [true, 1]);
      assert.match(periods.list[0]?.problem ?? "", /ends in the future/);
      assert.deepEqual(periods.of(cpu), []);
      clock.set(61_000);
    });
    then(future, () => {
      assert.equal(periods.list[0]?.problem, undefined);
      assert.equal(periods.of(cpu)[0]?.values.length, 8, "it is over now");
    });
    then("normals: []", () => assert.deepEqual(periods.list, []));

    const stop = new AbortController();
    let last: (() => void) | undefined;
    const sleep = async (): Promise<void> => {
      last?.();
      const next = checks.shift();
      if (!next) stop.abort();
      stop.signal.throwIfAborted();
      last = next?.check;
      writeFileSync(path, next?.write ?? "");
    };
    await file.run({ now: clock.now, sleep }, stop.signal);
    assert.equal(checks.length, 0);
  });

  it("that can't be used keeps the collector from starting", async () => {
    using folder = temporaryFolder();
    const { periods, log } = start();
    const path = join(folder.path, "normals.yml");
    await assert.rejects(NormalsFile.open(path, periods, log.logger), /ENOENT/);
    writeFileSync(path, "normals: 1");
    await assert.rejects(NormalsFile.open(path, periods, log.logger), /normals.yml:1:10/);
  });
});
