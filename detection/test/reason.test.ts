import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY_MS } from "../src/durations.ts";
import { type Cause, reasonOf } from "../src/reason.ts";

const gap = {
  kind: "gap",
  length: 1,
  mean: 97,
  min: 0,
  max: 9,
  below: 9,
  above: Number.NaN,
  isSeasonal: false,
  memoryMs: 11 * DAY_MS,
} as const satisfies Cause;

const cases: [Cause | undefined, string][] = [
  [undefined, ""],
  [gap, "97 is far above the 0–9 seen in the last 11 days"],
  [
    { ...gap, isSeasonal: true, memoryMs: 3_600_000 },
    "97 is far above the 0–9 seen in the last 60 minutes, at any time of day",
  ],
  [
    { ...gap, mean: -40, min: -3.1234, memoryMs: 5 * 3_600_000 },
    "-40 is far below the -3.12 to 9 seen in the last 5 hours",
  ],
  [
    { ...gap, mean: 41.2, min: 0.0000271, max: 11.8, memoryMs: 70_000 },
    "41.2 is far above the 0–11.8 seen in the last minute",
  ],
  [
    { ...gap, min: -0.0000271, max: 0.0004, memoryMs: 70_000 },
    "97 is far above the -2.71e-5 to 4e-4 seen in the last minute",
  ],
  [{ ...gap, min: 0.331, max: 0.33101 }, "97 is far above the 0.331 seen in the last 11 days"],
  [
    { ...gap, length: 20, mean: 50, max: 99, above: 90 },
    "the mean of the last 20 values, 50, is far from anything seen in the last 11 days: the nearest are 9 and 90",
  ],
  [
    { ...gap, min: Number.NaN, max: Number.NaN, below: Number.NaN },
    "97 is new: nothing was seen in the last 11 days",
  ],
  [
    { kind: "time of day", mean: 12.08, low: 41.93, high: 52.3, memoryMs: 9 * DAY_MS },
    "the mean of the last 15 minutes, 12.1, is far below the 41.9–52.3 usual at this time of day in the last 9 days",
  ],
  [
    { kind: "standstill", run: 121, longest: 3 },
    "97 has not changed for 121 samples, and never stood still for more than 3",
  ],
];

for (const [cause, words] of cases)
  test(words || "what is no outlier has no reason", () => {
    assert.equal(reasonOf(cause, 97), words);
  });
