import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type CpuTimes,
  elapsedTicks,
  parseProcStat,
  percent,
  total,
} from "../../src/sources/cpu-times.ts";

const MODES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

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
  it("reads a line per CPU, but neither the total nor guest times", () => {
    const times = parseProcStat("cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n");
    assert.deepEqual(
      [...times],
      [["cpu0", { user: 1, nice: 2, system: 3, idle: 4, iowait: 5, irq: 6, softirq: 7, steal: 8 }]],
    );
  });

  it("reads fields that an old kernel doesn't have as 0", () => {
    assert.deepEqual(parseProcStat("cpu0 1 2 3 4\n").get("cpu0"), {
      ...zero,
      user: 1,
      nice: 2,
      system: 3,
      idle: 4,
    });
  });

  it("fails on a field that is not a number", () => {
    for (const field of ["x", "-3", "1.5", "1e3", "0x1f", "123456789012345678901"])
      assert.throws(() => parseProcStat(`cpu0 1 ${field} 3 4\n`), /not a number in: cpu0 1/, field);
  });

  it("fails on a text without a CPU", () => {
    for (const text of ["", "\n", "intr 5\n", "cpu  1 2 3 4\n"])
      assert.throws(() => parseProcStat(text), /no CPU line/);
  });

  it("fails on a text that was cut off anywhere within a CPU line", () => {
    const first = "cpu  12 3 4 56 7 8 9 10 0 0\ncpu0 12 3 4 56 7 8 9 10 0 0\n";
    const second = "cpu1 23 4 5 67 8 9 10 11 0 0\n";
    assert.equal(parseProcStat(first + second).size, 2);
    for (let kept = 1; kept < second.length; kept++) {
      assert.throws(() => parseProcStat(first + second.slice(0, kept)), /cut off after: c/);
    }
    assert.throws(
      () => parseProcStat(`${first}cpu1 23 4 5 67\nintr 5\n`),
      /expected 10 numbers in: cpu1/,
    );
    assert.throws(() => parseProcStat("cpu0 1 2 3\n"), /expected 4 numbers/);
  });
});

/** Exactly one second between two reads. */
const second = { minMs: 1000, maxMs: 1000 };

describe("ticks between two reads of a CPU", () => {
  const busy = { ...zero, user: 1000, system: 500, idle: 100_000, iowait: 900, steal: 7000 };
  const after = (grown: Partial<CpuTimes>): CpuTimes => {
    const times = { ...busy };
    for (const mode of MODES) times[mode] += grown[mode] ?? 0;
    return times;
  };

  it("are the difference", () => {
    const grown = {
      user: 5,
      nice: 1,
      system: 2,
      idle: 80,
      iowait: 3,
      irq: 4,
      softirq: 5,
      steal: 1,
    };
    assert.deepEqual(elapsedTicks(busy, after(grown), second), grown);
  });

  it("count a wait that turned out to be idle as idle: see proc(5)", () => {
    const delta = elapsedTicks(busy, after({ user: 1, system: 1, idle: 196, iowait: -98 }), second);
    assert.deepEqual(delta, { ...zero, user: 1, system: 1, idle: 98 });
    const other = elapsedTicks(busy, after({ user: 2, idle: -2, iowait: 100 }), second);
    assert.deepEqual(other, { ...zero, user: 2, iowait: 98 });
  });

  it("leave out steal that a hypervisor takes back", () => {
    const delta = elapsedTicks(busy, after({ user: 3, idle: 96, steal: -6000 }), second);
    assert.deepEqual(delta, { ...zero, user: 3, idle: 96 });
  });

  const untrue: Record<string, Partial<CpuTimes>> = {
    "stand still": {},
    "next to stand still: a CPU that is idle has to idle": { user: 5 },
    "are ahead of the clock": { user: 100, idle: 96 },
    "leap by days": { steal: 8_640_000, idle: 97 },
    "were reset, such as after a suspend": { user: 25, system: 30, idle: -90_000, iowait: -870 },
    "moved from one mode to another": { user: -900, idle: 1000 },
    "went back altogether": {
      user: -1000,
      system: -500,
      idle: -100_000,
      iowait: -900,
      steal: -7000,
    },
  };
  for (const [what, grown] of Object.entries(untrue)) {
    it(`are impossible if counters ${what}`, () => {
      const fault = elapsedTicks(busy, after(grown), second);
      assert.ok(typeof fault === "string", JSON.stringify(fault));
      assert.match(fault, /^\d+ ticks of 10 ms in 1000 ms/);
    });
  }

  it("are exact for counters near 2^64 and 2^63, even when they wrap", () => {
    const read = (steal: bigint, idle: number) => {
      const times = parseProcStat(`cpu0 10 0 0 ${idle} 0 0 0 ${steal} 0 0\n`).get("cpu0");
      return times ?? assert.fail();
    };
    const ofSteal = (before: bigint, after: bigint, idle: number) =>
      elapsedTicks(read(before, 1000), read(after, 1000 + idle), second);
    for (const wrap of [2n ** 64n, 2n ** 63n]) {
      assert.deepEqual(ofSteal(wrap - 616n, wrap - 613n, 97), { ...zero, idle: 97, steal: 3 });
      assert.deepEqual(ofSteal(wrap - 613n, wrap - 553n, 40), { ...zero, idle: 40, steal: 60 });
      assert.deepEqual(ofSteal(wrap - 13n, 7n, 80), { ...zero, idle: 80, steal: 20 });
      // An underflow: it was 319,971 and is negative now.
      assert.deepEqual(ofSteal(319_971n, wrap - 616n, 100), { ...zero, idle: 100 });
    }
  });

  it("are compared with the elapsed time, whatever it is", () => {
    const grown = (ticks: number) => after({ user: ticks / 10, idle: (9 * ticks) / 10 });
    const at = (ms: number) => ({ minMs: ms - 1, maxMs: ms + 1 });
    for (const seconds of [0.1, 1, 2.5, 60, 3600, 86_400]) {
      assert.equal(typeof elapsedTicks(busy, grown(100 * seconds), at(1000 * seconds)), "object");
      assert.equal(
        typeof elapsedTicks(busy, grown(100 * seconds), at(10_000 * seconds + 3000)),
        "string",
      );
      assert.equal(typeof elapsedTicks(busy, grown(1000 * seconds), at(1000 * seconds)), "string");
    }
    // A slow read may have taken the counters at its start or its end.
    const slow = { minMs: 500, maxMs: 1500 };
    for (const ticks of [50, 100, 150]) {
      assert.equal(typeof elapsedTicks(busy, grown(ticks), slow), "object");
    }
  });

  it("are accepted from a virtual machine that wasn't scheduled for a third of the time", () => {
    assert.equal(typeof elapsedTicks(busy, after({ user: 60, idle: 7 }), second), "object");
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
      nice: 3,
      system: 2,
      irq: 11,
      iowait: 20,
      steal: 10,
    });
  });

  it("are unknown if no time has passed", () => {
    assert.equal(percent(zero), undefined);
  });

  it("lie between 0 and 100 %, and add up, whatever the counters do", () => {
    const ticks = fc.oneof(fc.nat(100), fc.nat(1_000_000), fc.maxSafeInteger());
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
      fc.property(fc.array(fc.tuple(times, times)), fc.nat(100_000), (cpus, minMs) => {
        const deltas = cpus.flatMap(([before, after]) => {
          const delta = elapsedTicks(before, after, { minMs, maxMs: minMs + 10 });
          return typeof delta === "string" ? [] : delta;
        });
        const shares = percent(total(deltas));
        if (!shares) return;
        for (const share of Object.values(shares))
          assert.ok(share >= 0 && share <= 100 + 1e-9, String(share));
        const { utilization, user, nice, system, irq, iowait, steal } = shares;
        assert.ok(Math.abs(user + nice + system + irq - utilization) < 1e-9);
        assert.ok(utilization + iowait + steal <= 100 + 1e-9);
      }),
    );
  });
});
