import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HISTORY_POINTS, History } from "../src/history.ts";

const pushed = (count: number): History => {
  const history = new History();
  for (let index = 0; index < count; index++) history.push({ timeMs: index * 1000, value: index });
  return history;
};

describe("a history", () => {
  it("holds a sample without a verdict until it has one", () => {
    const history = pushed(2);
    assert.deepEqual(history.at(1), {
      timeMs: 1000,
      value: 1,
      score: Number.NaN,
      lower: Number.NaN,
      upper: Number.NaN,
      isFlagged: false,
    });
    history.judge(1, { score: 2, lower: -1, upper: 0.5 });
    history.flag(1);
    const expected = { timeMs: 1000, value: 1, score: 2, lower: -1, upper: 0.5, isFlagged: true };
    assert.deepEqual(history.at(1), expected);
  });

  it("holds the last points and no more, and no verdict of a point that a new one replaced", () => {
    const history = pushed(1);
    history.judge(0, { score: 2, lower: 0, upper: 0 });
    history.flag(0);
    for (let index = 1; index <= HISTORY_POINTS; index++) history.push({ timeMs: index, value: 7 });
    assert.equal(history.oldest, 1);
    const { value, score, isFlagged } = history.at(HISTORY_POINTS);
    assert.deepEqual([value, score, isFlagged], [7, Number.NaN, false]);
  });

  it("ignores a flag on a sample that is gone", () => {
    const history = pushed(HISTORY_POINTS + 1);
    history.flag(0);
    assert.equal(history.at(HISTORY_POINTS).isFlagged, false);
  });
});
