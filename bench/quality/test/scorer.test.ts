import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Series } from "../corpus.ts";
import { scaledSigmoid, scoreCorpus } from "../scorer.ts";

/** Two hundred rows, none on probation, with one window from row 100 to row 103. */
const series: Series = {
  name: "group/file.csv",
  timesMs: new Float64Array(),
  timestamps: Array.from({ length: 200 }, (_, row) => String(row)),
  values: new Float64Array(200),
  windows: [{ first: 100, last: 103 }],
  probation: 0,
};

const detecting = (...rows: number[]): Float64Array =>
  Float64Array.from({ length: 200 }, (_, row) => (rows.includes(row) ? 1 : 0));

const standard = (...rows: number[]): number =>
  scoreCorpus([series], [detecting(...rows)])[0]?.score ?? Number.NaN;

describe("the scaled sigmoid", () => {
  it("falls from almost 1 at a window's start through 0 at its end to −1 behind it", () => {
    // 2 / (1 + e^−5) − 1 = tanh(2.5).
    assert.ok(Math.abs(scaledSigmoid(-1) - Math.tanh(2.5)) < 1e-12);
    assert.equal(scaledSigmoid(0), 0);
    assert.equal(scaledSigmoid(3.01), -1);
  });
});

describe("the score of a corpus", () => {
  it("is 100 for a detection at the start of each window, and 0 for silence", () => {
    assert.equal(standard(100), 100);
    assert.equal(standard(), 0);
  });

  it("is less for a later detection: at the last row of four, y is −1/4", () => {
    // By hand: a hit is worth tanh(0.625) / tanh(2.5); from −1 to 1 is 100.
    const hit = Math.tanh(0.625) / Math.tanh(2.5);
    assert.ok(Math.abs(standard(103) - (100 * (hit + 1)) / 2) < 1e-9);
  });

  it("counts the first detection in a window only", () => {
    assert.equal(standard(100, 101, 102, 103), 100);
  });

  it("takes 0.11 for a false alarm before any window", () => {
    assert.ok(Math.abs(standard(3, 100) - (100 * (2 - 0.11)) / 2) < 1e-9);
  });

  it("takes less for one right behind a window: 2 rows behind a width of 4, y is 2/3", () => {
    const falseAlarm = 0.11 * Math.tanh(5 / 3);
    assert.ok(Math.abs(standard(100, 105) - (100 * (2 - falseAlarm)) / 2) < 1e-9);
  });

  it("chooses silence where every threshold costs more than it brings", () => {
    const noisy = { ...series, windows: [] as Series["windows"] };
    const [first] = scoreCorpus([series, noisy], [detecting(), detecting(1, 2, 3)]);
    assert.equal(first?.score, 0);
    assert.equal(first?.threshold, Number.POSITIVE_INFINITY);
  });

  it("doubles the price of a false alarm with low FP, and of a miss with low FN", () => {
    const [, lowFalsePositives, lowFalseNegatives] = scoreCorpus([series], [detecting(3, 100)]);
    assert.ok(Math.abs((lowFalsePositives?.score ?? 0) - (100 * (2 - 0.22)) / 2) < 1e-9);
    assert.ok(Math.abs((lowFalseNegatives?.score ?? 0) - (100 * (3 - 0.11)) / 3) < 1e-9);
  });

  it("does not see rows on probation", () => {
    const late = { ...series, probation: 101 };
    assert.ok((scoreCorpus([late], [detecting(3, 100, 101)])[0]?.score ?? 0) < 100);
    assert.ok((scoreCorpus([late], [detecting(3, 100)])[0]?.score ?? 1) === 0);
  });
});
