import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bandOf,
  byImportance,
  momentOf,
  titleOf,
  verdictOf,
  withUnit,
} from "../../src/page/static/format.js";

describe("the page's words", () => {
  it("name a series for people, also one that they don't know", () => {
    assert.equal(titleOf("cpu_utilization_percent"), "CPU");
    assert.equal(titleOf("cpu12_utilization_percent"), "CPU core 12");
    assert.equal(titleOf("disk_used_percent"), "disk used");
  });

  it("give values their unit", () => {
    assert.equal(withUnit("cpu_utilization_percent", 12.34), "12.3\u00a0%");
    assert.equal(withUnit("cpu_utilization_percent", 100), "100\u00a0%");
    assert.equal(withUnit("load1", 0.456), "0.46");
    assert.equal(withUnit("load1", null), "–");
  });

  it("cut the band where no value can be", () => {
    assert.equal(bandOf("cpu_utilization_percent", -5.6, 104), "0 to 100");
    assert.equal(bandOf("load1", -0.5, 1.25), "0 to 1.25");
    assert.equal(bandOf("balance", -0.5, 1.25), "-0.5 to 1.25");
    assert.equal(bandOf("load1", null, 1.25), "– to 1.25");
  });

  it("say what is thought of a value", () => {
    const verdict = { score: 0.34, lower: 3, upper: 20 };
    assert.equal(verdictOf("cpu_user_percent", verdict), "expected 3 to 20, score 0.34");
    assert.equal(verdictOf("cpu_user_percent", { ...verdict, score: null }), "no verdict yet");
  });

  it("tell the day of what was not today", () => {
    const hour = 3_600_000;
    const noon = new Date(2026, 10, 23, 12, 0, 5).getTime();
    assert.equal(momentOf(noon, noon + hour), "12:00:05");
    assert.equal(momentOf(noon - 24 * hour, noon), "22 Nov, 12:00:05");
  });

  it("put the CPU first and cores last, by number", () => {
    const cores = ["cpu10_utilization_percent", "cpu9_utilization_percent"];
    const names = [...cores, "load1", "cpu_user_percent", "cpu_utilization_percent"];
    assert.deepEqual(names.sort(byImportance), [
      "cpu_utilization_percent",
      "load1",
      "cpu_user_percent",
      ...cores.reverse(),
    ]);
  });
});
