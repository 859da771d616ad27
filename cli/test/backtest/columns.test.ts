import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Alarms } from "../../src/backtest/alarms.ts";
import { Columns } from "../../src/backtest/columns.ts";
import { plotData } from "../../src/backtest/page.ts";

const point = (isOutlier: boolean, score: number) => ({
  state: "ready" as const,
  isOutlier,
  isAlarm: isOutlier,
  score,
  expected: 0,
  lower: -1,
  upper: 1,
  rarest: 1,
});

describe("the columns of a plot", () => {
  test("are few however many samples there are, and lose no extreme and no worst flag", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        (length, low, high, flag) => {
          const columns = new Columns();
          for (let at = 0; at < length; at++) {
            const value = at === low % length ? -99 : at === high % length ? 99 : Math.sin(at);
            const isFlagged = at === flag % length || at % 1000 === 0;
            const score = at === flag % length ? 9 : isFlagged ? 2 : 0.5;
            columns.push({ series: "", timeMs: at * 1000, value }, point(isFlagged, score));
          }
          const { all } = columns;
          assert.ok(all.length <= 2000 && all.length >= Math.min(length, 1000));
          assert.equal(Math.min(...all.map(({ min }) => min)), -99);
          const isBoth = low % length === high % length;
          assert.ok(isBoth || Math.max(...all.map(({ max }) => max)) === 99);
          const flags = all.flatMap((column) => column.flag ?? []);
          assert.ok(flags.some(({ timeMs }) => timeMs === (flag % length) * 1000));
          assert.equal(all[0]?.firstMs, 0);
          assert.equal(all.at(-1)?.lastMs, (length - 1) * 1000);
          const { time } = plotData(all, 1000);
          assert.ok(time.length <= 3 * 2000);
          assert.ok(time.every((second, at) => at === 0 || second > (time[at - 1] ?? second)));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("are interrupted where the samples are", () => {
    const columns = new Columns();
    for (const at of [0, 1, 2, 60, 61]) {
      columns.push({ series: "", timeMs: at * 1000, value: at }, point(false, 0));
    }
    assert.deepEqual(plotData(columns.all, 1000).value, [0, 1, 2, null, 60, 61]);
  });
});

test("flags with fewer than 100 samples between them are one alarm, however long", () => {
  const alarms = new Alarms();
  const flagged = new Set([10, 11, 110, 210, 310, 411]);
  for (let at = 1; at <= 500; at++) alarms.update(at * 1000, flagged.has(at));
  assert.deepEqual([alarms.flags, alarms.alarms, alarms.longestMs], [6, 2, 300_000]);
});
