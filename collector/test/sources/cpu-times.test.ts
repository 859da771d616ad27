import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type CpuTimes,
  elapsed,
  parseProcStat,
  percent,
  total,
} from "../../src/sources/cpu-times.ts";

const zero: CpuTimes = {
  user: 0,
  nice: 0,
  system: 0,
  idle: 0,
  iowait: 0,
  irq: 0,
  softirq: 0,
  steal: 0,
};

describe("parsing /proc/stat", () => {
  it("takes a line per CPU, and neither their total nor guest times", () => {
    const times = parseProcStat("cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n");
    assert.deepEqual(
      [...times],
      [["cpu0", { user: 1, nice: 2, system: 3, idle: 4, iowait: 5, irq: 6, softirq: 7, steal: 8 }]],
    );
  });

  it("takes fields that an old kernel does not have for 0", () => {
    assert.deepEqual(parseProcStat("cpu0 1 2 3 4\n").get("cpu0"), {
      ...zero,
      user: 1,
      nice: 2,
      system: 3,
      idle: 4,
    });
  });

  it("fails on a field that is not a number", () => {
    assert.throws(() => parseProcStat("cpu0 1 x 3 4\n"), /not a number in: cpu0 1 x/);
  });

  it("fails on a text without a CPU", () => {
    assert.throws(() => parseProcStat("intr 5\n"), /no line of a CPU/);
  });
});

describe("elapsed times", () => {
  it("are the difference", () => {
    const delta = elapsed({ ...zero, user: 10, idle: 5 }, { ...zero, user: 15, idle: 25 });
    assert.deepEqual(delta, { ...zero, user: 5, idle: 20 });
  });

  it("count a counter that went back as 0: iowait may", () => {
    const delta = elapsed({ ...zero, iowait: 50, idle: 5 }, { ...zero, iowait: 40, idle: 105 });
    assert.deepEqual(delta, { ...zero, idle: 100 });
  });

  it("count a small step back of idle as 0", () => {
    assert.equal(elapsed({ ...zero, idle: 1000 }, { ...zero, idle: 701, user: 1 })?.idle, 0);
  });

  it("are unknown for a CPU that was reset: idle is back by 3 s or more", () => {
    assert.equal(elapsed({ ...zero, idle: 1000 }, { ...zero, idle: 700 }), undefined);
  });
});

describe("shares of CPU time", () => {
  it("count user, nice, system and interrupts as busy, but not iowait and steal", () => {
    // By hand: 100 ticks in all, 4 + 3 + 2 + 5 + 6 = 20 of them busy.
    const delta = {
      user: 4,
      nice: 3,
      system: 2,
      irq: 5,
      softirq: 6,
      idle: 50,
      iowait: 20,
      steal: 10,
    };
    assert.deepEqual(percent(delta), {
      utilization: 20,
      user: 4,
      system: 2,
      iowait: 20,
      steal: 10,
    });
  });

  it("are unknown when no time has passed", () => {
    assert.equal(percent(zero), undefined);
  });

  it("lie between 0 and 100 %, whatever the counters do", () => {
    const ticks = fc.integer({ min: 0, max: 1_000_000 });
    const times = fc.record({
      user: ticks,
      nice: ticks,
      system: ticks,
      idle: ticks,
      iowait: ticks,
      irq: ticks,
      softirq: ticks,
      steal: ticks,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(times, times)), (cpus) => {
        const deltas = cpus.flatMap(([before, after]) => elapsed(before, after) ?? []);
        for (const share of Object.values(percent(total(deltas)) ?? {})) {
          assert.ok(share >= 0 && share <= 100 + 1e-9, String(share));
        }
      }),
    );
  });
});
