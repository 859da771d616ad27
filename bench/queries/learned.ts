import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { methods } from "@outliers/detection/methods";
import { SeriesTracker } from "@outliers/detection/tracker";
import { CURVES, valueAt } from "./series.ts";

const DAYS = 14;
const DAY_MS = 86_400_000;

/** Writes state as if the collector had watched these series for two weeks. */
export function writeLearned(folder: string, ids: readonly string[], intervalMs: number): void {
  mkdirSync(folder, { recursive: true });
  const untilMs = Math.floor(Date.now() / intervalMs) * intervalMs;
  const states = Array.from({ length: CURVES }, (_, n) => learned(n, untilMs, intervalMs));
  for (const [n, id] of ids.entries()) {
    const hash = createHash("sha256").update(id).digest("hex").slice(0, 32);
    const state = {
      version: 1,
      id,
      checkpoint: { state: states[n % CURVES], timeMs: untilMs },
      timesMs: [untilMs],
      values: [Number(valueAt(n, untilMs / 1000))],
      scored: 1,
      status: {
        state: "ready",
        outliers: 0,
        events: 0,
        lastOutlierDetectedAtMs: null,
        verdictsAtMs: untilMs,
        unmonitoredMs: 0,
      },
    };
    writeFileSync(join(folder, `series-${hash}.json`), JSON.stringify(state));
  }
}

/** What the collector's defaults learn of a series. */
function learned(n: number, untilMs: number, intervalMs: number): string {
  const tracker = new SeriesTracker({
    method: methods.adaptive,
    options: {
      threshold: 0,
      sensitivity: 0.1,
      sampleIntervalMs: intervalMs,
      direction: "both",
      minDeviation: 0,
      minRelativeDeviation: 0,
      timeZone: "UTC",
    },
    trigger: { k: 1, n: 1 },
  });
  const samples = (DAYS * DAY_MS) / intervalMs;
  const timesMs = Float64Array.from(
    { length: samples },
    (_, at) => untilMs - (samples - 1 - at) * intervalMs,
  );
  tracker.judge(
    timesMs,
    timesMs.map((timeMs) => Number(valueAt(n, timeMs / 1000))),
  );
  return Buffer.from(tracker.checkpoint() ?? []).toString("base64");
}
