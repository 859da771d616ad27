import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AlarmLog } from "../src/alarm-log.ts";
import { flagOf } from "./support/flag.ts";

const GAP_MS = 30_000;

const told = (log: AlarmLog, number: number) =>
  log
    .since(number)
    .map(({ id, series, sinceMs, untilMs, flags }) => [id, series, sinceMs, untilMs, flags]);

describe("a log of alarms", () => {
  it("has flags of a series that follow each other as one alarm, with its peak", () => {
    const log = new AlarmLog(100, GAP_MS);
    for (const [second, value] of [20, 99, 40, 99].entries()) {
      log.push("load1", flagOf(second * 1000, value));
    }
    assert.deepEqual(told(log, 0), [[0, "load1", 0, 3000, 4]]);
    assert.deepEqual(log.since(0)[0]?.peak, flagOf(1000, 99));
    log.push("load1", flagOf(3000 + GAP_MS, 1));
    log.push("load1", flagOf(3001 + 2 * GAP_MS, 5));
    assert.deepEqual(told(log, 0), [
      [0, "load1", 0, 3000 + GAP_MS, 5],
      [1, "load1", 3001 + 2 * GAP_MS, 3001 + 2 * GAP_MS, 1],
    ]);
  });

  it("has the peak where the value fell furthest, too", () => {
    const log = new AlarmLog(100, GAP_MS);
    for (const [second, value] of [-5, -90, 50].entries()) {
      log.push("load1", flagOf(second * 1000, value));
    }
    assert.equal(log.since(0)[0]?.peak.sample.value, -90);
  });

  it("keeps the series apart", () => {
    const log = new AlarmLog(100, GAP_MS);
    for (let second = 0; second < 3; second++) {
      for (const series of ["a", "b"]) log.push(series, flagOf(second * 1000, 9));
    }
    assert.deepEqual(told(log, 0), [
      [0, "a", 0, 2000, 3],
      [1, "b", 0, 2000, 3],
    ]);
  });

  it("gives the alarms that have a flag from a number on, those that began before too", () => {
    const log = new AlarmLog(100, GAP_MS);
    assert.deepEqual(told(log, 0), []);
    log.push("a", flagOf(0, 9));
    log.push("b", flagOf(0, 9));
    const seen = log.flags;
    assert.equal(seen, 2);
    assert.deepEqual(told(log, seen), []);
    log.push("c", flagOf(1000, 9));
    log.push("a", flagOf(1000, 9));
    assert.deepEqual(told(log, seen), [
      [0, "a", 0, 1000, 2],
      [2, "c", 1000, 1000, 1],
    ]);
  });

  it("holds the newest only, and one that goes on is new", () => {
    const log = new AlarmLog(2, GAP_MS);
    log.push("old", flagOf(0, 9));
    log.push("goes on", flagOf(0, 9));
    log.push("old", flagOf(1000, 9));
    log.push("new", flagOf(2000, 9));
    assert.deepEqual(told(log, 0), [
      [0, "old", 0, 1000, 2],
      [2, "new", 2000, 2000, 1],
    ]);
    log.push("goes on", flagOf(3000, 9));
    assert.deepEqual(
      told(log, 0).at(-1),
      [3, "goes on", 3000, 3000, 1],
      "what it was is forgotten",
    );
  });
});
