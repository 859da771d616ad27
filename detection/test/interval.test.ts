import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFrom } from "@outliers/testing/random";
import { Interval } from "../src/interval.ts";

function measured(differences: readonly number[], hintMs = 1000): number {
  const interval = new Interval(hintMs);
  let time = 0;
  interval.update(time);
  for (const difference of differences) {
    time += difference;
    interval.update(time);
  }
  return interval.ms;
}

test("is the median of the differences of times, whatever was said before", () => {
  const minutes = Array.from({ length: 60 }, () => 60_000);
  assert.equal(measured(minutes), 60_000);
  assert.equal(measured(minutes, 59_000), 60_000);
});

test("is not changed by gaps or jitter, and follows a new one", () => {
  const random = randomFrom(1);
  const withGaps = Array.from({ length: 200 }, (_, at) => (at % 20 === 0 ? 86_400_000 : 1000));
  assert.equal(measured(withGaps), 1000);
  const jitter = Array.from({ length: 500 }, () => 1000 * (0.9 + 0.2 * random()));
  assert.ok(Math.abs(measured(jitter) - 1000) < 100);
  assert.equal(measured([...withGaps, ...Array.from({ length: 100 }, () => 15_000)]), 15_000);
});
