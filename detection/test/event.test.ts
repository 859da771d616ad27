import assert from "node:assert/strict";
import { test } from "node:test";
import { Events, eventGap } from "../src/event.ts";

const partsOf = (outliers: readonly number[], intervalMs: number, count = 1000) => {
  const events = new Events();
  return Array.from({ length: count }, (_, at) => events.update(outliers.includes(at), intervalMs));
};

test("an outlier begins an event unless another one came within the gap before it", () => {
  const parts = partsOf([10, 11, 110, 300], 1000);
  assert.deepEqual(
    [10, 11, 110, 300].map((at) => parts[at]),
    ["begins", "continues", "continues", "begins"],
  );
  assert.equal(parts.filter((part) => part !== undefined).length, 4);
});

test("the gap is 100 samples, or half an hour where these take longer, but 20 samples at least", () => {
  assert.deepEqual(
    [100, 1000, 15_000, 60_000, 300_000, 3_600_000].map(eventGap),
    [100, 100, 100, 30, 20, 20],
  );
  const parts = partsOf([10, 50], 300_000);
  assert.deepEqual([parts[10], parts[50]], ["begins", "begins"]);
});
