import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Columns } from "../../src/backtest/columns.ts";
import { plotData } from "../../src/backtest/page.ts";
import { Tally } from "../../src/backtest/tally.ts";
import type { Sample } from "../../src/sample.ts";

const samplesOf = (values: readonly number[], at: (index: number) => number = (index) => index) =>
  values.map((value, index): Sample => ({ series: "", timeMs: at(index) * 1000, value }));

/** Verdicts with these outliers. @param score of a sample */
const verdicts = (outliers: number[], score: (at: number) => number = () => 0) => ({
  outliers,
  score,
  lower: () => -1,
  upper: () => 1,
});

describe("the columns of a plot", () => {
  test("are few however many samples there are, and lose no extreme and no worst outlier", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        (length, low, high, worst) => {
          const columns = new Columns();
          const samples = samplesOf(
            Array.from({ length }, (_, at) =>
              at === low % length ? -99 : at === high % length ? 99 : Math.sin(at),
            ),
          );
          const isOutlier = (at: number) => at === worst % length || at % 1000 === 0;
          const score = (at: number) => (at === worst % length ? 9 : isOutlier(at) ? 2 : 0.5);
          // In parts, as they are read.
          for (let from = 0; from < length; from += 1000) {
            const part = samples.slice(from, from + 1000);
            const outliers = [...part.keys()].filter((at) => isOutlier(from + at));
            columns.push(
              part,
              verdicts(outliers, (at) => score(from + at)),
            );
          }
          const { all } = columns;
          assert.ok(all.length <= 2000 && all.length >= Math.min(length, 1000));
          assert.equal(Math.min(...all.map(({ min }) => min)), -99);
          const isBoth = low % length === high % length;
          assert.ok(isBoth || Math.max(...all.map(({ max }) => max)) === 99);
          const outliers = all.flatMap((column) => column.outlier ?? []);
          assert.ok(outliers.some(({ timeMs }) => timeMs === (worst % length) * 1000));
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
    const values = [0, 1, 2, 60, 61];
    columns.push(
      samplesOf(values, (index) => values[index] ?? 0),
      verdicts([]),
    );
    assert.deepEqual(plotData(columns.all, 1000).value, [0, 1, 2, null, 60, 61]);
  });
});

test("outliers at most 100 samples apart are one event, however long, and across batches", () => {
  const tally = new Tally();
  const outliers = new Set([10, 11, 111, 211, 311, 412]);
  const samples = samplesOf(Array.from({ length: 500 }, (_, at) => at));
  for (let from = 0; from < 500; from += 50) {
    const part = samples.slice(from, from + 50);
    const found = [...part.keys()].filter((at) => outliers.has(from + at));
    tally.push(
      part,
      verdicts(found, (at) => (from + at === 111 ? 9 : 2)),
      1000,
    );
  }
  assert.deepEqual([tally.outliers, tally.events, tally.longestMs], [6, 2, 301_000]);
  assert.deepEqual(tally.peak, { timeMs: 111_000, value: 111, score: 9 });
});
