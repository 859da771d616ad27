import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { sampleTime } from "../src/sample-time.ts";

describe("the time of a sample", () => {
  it("is that of its tick", () => {
    assert.equal(sampleTime(2000, 1000), 2000);
    assert.equal(sampleTime(1e13, 1000), 1e13, "however far ahead: the clock may be right now");
  });

  it("rises when the clock was set back a little, or stands still", () => {
    assert.equal(sampleTime(1000, 1000), 1001);
    assert.equal(sampleTime(40_000, 100_000), 100_001);
  });

  it("is none when the clock was set back by more than a minute", () => {
    assert.equal(sampleTime(39_999, 100_000), undefined);
    assert.equal(sampleTime(1.7e12, 2.1e12), undefined);
  });

  it("is never before another one, nor more than a minute ahead of the clock", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1e6, max: 1e6 }), (newestMs, step) => {
        const timeMs = sampleTime(newestMs + step, newestMs);
        if (timeMs === undefined) return;
        assert.ok(timeMs > newestMs && timeMs - (newestMs + step) <= 60_001);
      }),
    );
  });
});
