import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { burstsOf } from "../../src/stats/burst.ts";

const noise = (seed: number, count = 100): number[] =>
  Array.from({ length: count }, normalFrom(seed));
const raise = (seed: number, isRaised: (at: number) => boolean): number[] =>
  noise(seed).map((value, at) => (isRaised(at) ? value + 100 : value));
const burstsIn = (values: number[]) =>
  burstsOf(Float64Array.from(values), { bursts: 2, values: 40 });

test("a burst among noise is found, wherever it stands and however long it is", () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.integer({ min: 3, max: 40 }),
      fc.integer({ min: 1, max: 1000 }),
      (first, length, seed) => {
        const end = first + length;
        const values = noise(seed).map((value, at) =>
          at >= first && at < end ? value + 100 : value,
        );
        assert.deepEqual(burstsIn(values), [{ first, end }]);
      },
    ),
  );
});

test("two of them are found, of which one may be a spike beside an extreme one", () => {
  const values = raise(4, (at) => (at >= 5 && at < 15) || at === 70);
  assert.deepEqual(burstsIn(values), [
    { first: 5, end: 15 },
    { first: 70, end: 71 },
  ]);
});

test("a spike is one that is as far as noise never is", () => {
  assert.deepEqual(burstsIn(raise(5, (at) => at === 50)), [{ first: 50, end: 51 }]);
});

test("its rise and its fall are parts of it, and its dips", () => {
  const shape = [20, 60, 100, 1, 90, 100, 30];
  const values = noise(1).map((value, at) => value + (shape[at - 50] ?? 0));
  assert.deepEqual(burstsIn(values), [{ first: 50, end: 57 }]);
});

test("it is found beside the spikes of noise with a heavy tail", () => {
  const values = noise(2).map((value, at) => {
    if (at >= 40 && at < 60) return 100;
    return at % 19 === 0 ? value + 12 : value;
  });
  assert.deepEqual(burstsIn(values), [{ first: 40, end: 60 }]);
});

const ramp = Array.from({ length: 100 }, (_, at) => at);

const without: [string, number[]][] = [
  ["noise", noise(3)],
  ["a ramp", ramp],
  ["a constant", ramp.map(() => 7)],
  ["a mostly idle series", ramp.map((at) => (at % 13 === 0 ? at : 0))],
  ["a load that comes three times", raise(4, (at) => at % 35 >= 5 && at % 35 < 15)],
  ["two loads that take half of the time", raise(4, (at) => at % 50 >= 5 && at % 50 < 30)],
  ["a spike such as noise has", noise(5).map((value, at) => (at === 50 ? 6 : value))],
  ["a step to a level that stays", raise(6, (at) => at >= 90)],
  ["a level for almost half of the time", raise(7, (at) => at < 45)],
];
for (const [name, values] of without) {
  test(`${name} has none`, () => {
    assert.deepEqual(burstsIn(values), []);
  });
}
