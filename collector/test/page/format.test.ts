import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bandOf, momentOf, verdictOf, withUnit } from "../../src/page/static/format.js";

const [percent, none] = [{ unit: "percent" }, { unit: "none" }] as const;

describe("the page's words", () => {
  it("show values with their unit", () => {
    assert.equal(withUnit(percent, 12.34), "12.3\u00a0%");
    assert.equal(withUnit(percent, 100), "100\u00a0%");
    assert.equal(withUnit(none, 0.456), "0.46");
    assert.equal(withUnit(none, null), "–");
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
