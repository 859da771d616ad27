import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Tick, ticks } from "../src/ticks.ts";
import { ManualClock } from "./manual-clock.ts";

async function take(
  count: number,
  clock: ManualClock,
  onTick: (index: number) => void = () => {},
): Promise<Tick[]> {
  const taken: Tick[] = [];
  for await (const tick of ticks(1000, clock, new AbortController().signal)) {
    taken.push(tick);
    onTick(taken.length);
    if (taken.length === count) break;
  }
  return taken;
}

describe("ticks", () => {
  it("are multiples of the interval on the wall clock, from the next one on", async () => {
    const taken = await take(3, new ManualClock(1_700_000_000_250));
    assert.deepEqual(taken, [
      { timeMs: 1_700_000_001_000, missed: 0 },
      { timeMs: 1_700_000_002_000, missed: 0 },
      { timeMs: 1_700_000_003_000, missed: 0 },
    ]);
  });

  it("do not drift when the consumer takes time", async () => {
    const clock = new ManualClock(500);
    const taken = await take(4, clock, () => clock.advance(900));
    assert.deepEqual(
      taken.map(({ timeMs }) => timeMs),
      [1000, 2000, 3000, 4000],
    );
  });

  it("are counted, not bunched, when the consumer is late", async () => {
    const clock = new ManualClock(500);
    const taken = await take(3, clock, (index) => clock.advance(index === 1 ? 3200 : 0));
    assert.deepEqual(taken, [
      { timeMs: 1000, missed: 0 },
      { timeMs: 4000, missed: 2 },
      { timeMs: 5000, missed: 0 },
    ]);
  });

  it("wait longer if a timer fires early", async () => {
    const clock = new ManualClock(500);
    let sleeps = 0;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (durationMs, signal) => {
      sleeps += 1;
      await sleep(sleeps === 1 ? durationMs - 1 : durationMs, signal);
    };
    assert.deepEqual(await take(1, clock), [{ timeMs: 1000, missed: 0 }]);
    assert.equal(sleeps, 2);
  });

  it("continue at once when the clock is set back by an hour", async () => {
    const clock = new ManualClock(7_200_500);
    const taken = await take(3, clock, (index) => {
      if (index === 1) clock.set(3_600_400);
    });
    assert.deepEqual(
      taken.map(({ timeMs }) => timeMs),
      [7_201_000, 3_601_000, 3_602_000],
    );
  });

  it("count none as missed when the clock is set forward by years, and back again", async () => {
    const clock = new ManualClock(500);
    const years = 10 * 365 * 86_400_000;
    const taken = await take(4, clock, (index) => {
      if (index === 1) clock.advance(years);
      if (index === 2) clock.advance(-years);
    });
    assert.deepEqual(taken, [
      { timeMs: 1000, missed: 0 },
      { timeMs: 1000 + years, missed: 0 },
      { timeMs: 2000, missed: 0 },
      { timeMs: 3000, missed: 0 },
    ]);
  });

  it("count those missed in a pause of half an hour", async () => {
    const clock = new ManualClock(500);
    const taken = await take(2, clock, () => clock.advance(1_800_000));
    assert.deepEqual(taken[1], { timeMs: 1_801_000, missed: 1799 });
  });

  it("end when the signal aborts during a sleep", async () => {
    const stop = new AbortController();
    const clock = new ManualClock(0);
    clock.sleep = async (_, signal) => {
      stop.abort();
      signal.throwIfAborted();
    };
    for await (const tick of ticks(1000, clock, stop.signal)) assert.fail(`ticked: ${tick.timeMs}`);
  });

  it("account for every multiple exactly once, whatever the delays", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1 }),
        async (delays) => {
          const clock = new ManualClock(123);
          const taken = await take(delays.length + 1, clock, (index) =>
            clock.advance(delays[index - 1] ?? 0),
          );
          const last = taken.at(-1);
          const missed = taken.reduce((total, tick) => total + tick.missed, 0);
          assert.equal(last?.timeMs, (taken.length + missed) * 1000);
          for (const { timeMs } of taken) assert.equal(timeMs % 1000, 0);
        },
      ),
    );
  });
});
