import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatDuration, formatTime, parseTime } from "../../src/input/time.ts";

// `date --date=2026-11-23T08:00:00Z +%s`
const AT = 1_795_420_800_000;

describe("a time", () => {
  for (const [text, timeMs] of [
    ["2026-11-23T08:00:00Z", AT],
    ["2026-11-23t08:00:00z", AT],
    ["2026-11-23T09:00:00+01:00", AT],
    ["2026-11-23T09:00:00+0100", AT],
    ["2026-11-23T08:00:00.250Z", AT + 250],
    ["2026-11-23 08:00:00", AT],
    ["2026-11-23 08:00", AT],
    ["2026-11-23", AT - 8 * 3_600_000],
    ["1795420800", AT],
    ["1795420800.25", AT + 250],
    ["1795420800000", AT],
    ["1.7954208e9", AT],
    ["-1", -1000],
    ["0", 0],
  ] as const) {
    test(`${text} is understood`, () => assert.equal(parseTime(text), timeMs));
  }

  for (const text of [
    "",
    "soon",
    "2026-02-30",
    "2026-13-01",
    "2026-11-23T25:00:00Z",
    "1e99",
    "0x10",
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseTime(text), undefined));
  }

  test("is read again as it was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (timeMs) => {
        assert.equal(parseTime(formatTime(timeMs)), timeMs);
      }),
    );
  });
});

test("a duration is told in its two largest units", () => {
  const told = [1, 1500, 300_000, 9_000_000, 86_400_000, 90_000_000].map(formatDuration);
  assert.deepEqual(told, ["1ms", "1.5s", "5m", "2h 30m", "1d", "1d 1h"]);
});
