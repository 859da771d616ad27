import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FlagLog } from "../src/flag-log.ts";
import { flagOf } from "./support/flag.ts";

const values = (log: FlagLog, number: number): number[] =>
  log.since(number).map(({ flag }) => flag.sample.value);

describe("a log of flags", () => {
  it("gives the flags from a number on", () => {
    const log = new FlagLog(3);
    assert.deepEqual(values(log, 0), []);
    for (const value of [1, 2, 3]) log.push({ series: "load1", flag: flagOf(0, value) });
    assert.deepEqual(values(log, 0), [1, 2, 3]);
    assert.deepEqual(values(log, 2), [3]);
    assert.deepEqual(values(log, log.pushed), []);
  });

  it("holds the newest only", () => {
    const log = new FlagLog(2);
    for (let value = 1; value <= 10; value++) {
      log.push({ series: "load1", flag: flagOf(0, value) });
    }
    assert.equal(log.pushed, 10);
    assert.deepEqual(values(log, 0), [9, 10]);
    assert.deepEqual(values(log, 9), [10]);
  });
});
