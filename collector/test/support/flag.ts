import type { Flag } from "../../src/series.ts";

/** A flag on a value that is too large. */
export const flagOf = (timeMs: number, value: number): Flag => ({
  sample: { timeMs, value },
  verdict: { score: 3, expected: 1, lower: 0, upper: 2 },
  direction: "up",
  reason: "it is <b>large</b>",
});
