import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  byOddness,
  choiceOf,
  isOdd,
  labelsOf,
  matcherOf,
  type Row,
  searchOf,
} from "../../src/page/static/filter.js";
import {
  bandOf,
  type Description,
  fullName,
  momentOf,
  valueRange,
  verdictOf,
  warmUpOf,
  withUnit,
} from "../../src/page/static/format.js";

const [percent, none] = [{ unit: "percent" }, { unit: "none" }] as const;

describe("the page's words", () => {
  it("show values with their unit", () => {
    assert.equal(withUnit(percent, 12.34), "12.3\u00a0%");
    assert.equal(withUnit(percent, 100), "100\u00a0%");
    assert.equal(withUnit(none, 0.456), "0.46");
    assert.equal(withUnit(none, null), "–");
  });

  it("show values of queries of any size with few digits", () => {
    assert.equal(withUnit(none, 0.00123456), "0.00123");
    assert.equal(withUnit(none, -0.00000012345), "-1.23e-7");
    assert.equal(withUnit(none, 12_345.678), "12346");
    assert.equal(withUnit(none, 99_999.9), "100k");
    assert.equal(withUnit(none, -8_123_456_789), "-8.123G");
    assert.equal(withUnit(none, 999_960), "1M");
    assert.equal(withUnit(none, 1.5e30), "1.5e+30");
    assert.equal(withUnit(none, 0), "0");
  });

  it("name a series as its id does, with a title that people know", () => {
    const id = 'load{instance="web-1",query="q"}';
    assert.equal(fullName("load", id), id);
    assert.equal(fullName("Memory used", "memory_used_percent"), "Memory used");
  });

  it("show a dash where the band is unbounded", () => {
    assert.equal(bandOf(percent, 0, 99.95), "0 to 100");
    assert.equal(bandOf(none, -0.5, 1.25), "-0.5 to 1.25");
    assert.equal(bandOf(none, null, 1.25), "– to 1.25");
  });

  it("describe the verdict on a value", () => {
    const verdict = { score: 0.34, lower: 3, upper: 20 };
    assert.equal(verdictOf(percent, verdict), "expected 3 to 20, score 0.34");
    assert.equal(verdictOf(percent, { ...verdict, score: null }), "no verdict yet");
  });

  it("include the date of times that are not today", () => {
    const hour = 3_600_000;
    const noon = new Date(2026, 10, 23, 12, 0, 5).getTime();
    assert.equal(momentOf(noon, noon + hour), "12:00:05");
    assert.equal(momentOf(noon - 24 * hour, noon), "22 Nov, 12:00:05");
  });
});

describe("the end of the warm-up", () => {
  it("is counted down, in samples and in time", () => {
    assert.equal(warmUpOf(63, 1000), "warming up, 63 samples to go (63\u00a0s)");
    assert.equal(warmUpOf(1, 200), "warming up, 1 sample to go (1\u00a0s)");
    assert.equal(warmUpOf(100, 15_000), "warming up, 100 samples to go (25\u00a0min)");
    assert.equal(warmUpOf(100, 300_000), "warming up, 100 samples to go (8\u00a0h)");
  });
});

const describeSeries = (id: string, labels: Record<string, string> = {}): Description => ({
  id,
  name: id,
  title: id,
  labels,
  unit: "percent",
  min: 0,
  max: 100,
  intervalMs: 1000,
  isListed: false,
});

describe("the axis of values", () => {
  const percent = describeSeries("cpu");

  it("ends at 100 % when values come near it, and never above", () => {
    assert.deepEqual(valueRange(percent, 0, 100), [0, 100]);
    assert.deepEqual(valueRange(percent, 0, 75), [0, 100]);
    assert.deepEqual(valueRange(percent, 97, 99)[1], 100);
  });

  it("fits values that are far from it, but not their noise", () => {
    assert.deepEqual(valueRange(percent, 0, 0), [0, 5]);
    assert.ok(valueRange(percent, 0, 20)[1] < 25);
    assert.ok(valueRange({ ...percent, unit: "none", max: null }, 1e6, 2e6)[1] > 2e6);
  });
});

describe("the axis of a query's values", () => {
  const rate = {
    ...describeSeries("errors", { query: "errors" }),
    unit: "none",
    max: null,
  } as const;

  it("fits them however small they are", () => {
    const [bottom, top] = valueRange(rate, 0.001, 0.0015);
    assert.ok(bottom > 0 && bottom < 0.001 && top > 0.0015 && top < 0.002);
    assert.ok(valueRange(rate, 0, 0)[1] > 0);
  });
});

describe("the choice of series", () => {
  const web = describeSeries("latency", { instance: "web-1", zone: "a b" });
  const db = describeSeries("load1", { instance: "db-1", zone: "a b" });

  it("is the same after a way through a URL", () => {
    const choice = { text: 'instance=web-1 zone="a b"', chosen: ['cpu{core="0"}', "a&b"] };
    assert.deepEqual(choiceOf(searchOf(choice)), choice);
    assert.equal(searchOf({ text: " ", chosen: [] }), "");
  });

  const cases: [text: string, found: Description[]][] = [
    ["", [web, db]],
    ["LOAD", [db]],
    ["instance=web-1", [web]],
    ["instance=WEB*", [web]],
    ["instance=web", []],
    ['zone="a b" load', [db]],
    ["nothing=*", []],
    ["latency instance=db-1", []],
    ['{instance="web-1",zone="a b"}', [web]],
    ['latency{instance="web-1",zone="a b"}', [web]],
    ['outliers_value{series="latency",instance="web-1"}', [web]],
    ['outliers_value{series="load1"}', [db]],
  ];
  for (const [text, found] of cases) {
    it(`finds ${found.length} of two series by ${JSON.stringify(text)}`, () => {
      assert.deepEqual([web, db].filter(matcherOf(text)), found);
    });
  }

  it("suggests the labels that tell series apart", () => {
    assert.deepEqual(labelsOf([web, db], 6), [["instance", ["db-1", "web-1"]]]);
  });
});

describe("the order of series", () => {
  const all = ["calm", "warm", "odd", "new"].map((id) => describeSeries(id));
  const rowOf = (id: string, score: number | null, outlierAt: number | null): Row => ({
    id,
    time: 1_000_000,
    value: 1,
    state: "ready",
    score,
    lower: 0,
    upper: 2,
    outlierAt,
  });

  it("begins with what is odd now, then what is close to it, and ends with what is unknown", () => {
    const rows = [rowOf("calm", 0.1, 5000), rowOf("warm", 0.9, null), rowOf("odd", 0.2, 990_000)];
    const byId = new Map(rows.map((row) => [row.id, row]));
    assert.deepEqual(
      byOddness(all, byId).map(({ id }) => id),
      ["odd", "warm", "calm", "new"],
    );
  });

  it("counts an outlier as one of now for 30 s, or five intervals if these are longer", () => {
    const row = rowOf("odd", 0.2, 960_000);
    assert.equal(isOdd(row, describeSeries("odd")), false);
    assert.equal(isOdd(row, { ...describeSeries("odd"), intervalMs: 15_000 }), true);
    assert.equal(isOdd(undefined, describeSeries("odd")), false);
  });
});
