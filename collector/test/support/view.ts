import { AlarmLog } from "../../src/alarm-log.ts";
import { Series } from "../../src/series.ts";
import { flagOf } from "./flag.ts";

const options = { capacity: 61_000, verdictIntervalMs: 1000, activeHoldMs: 30_000 };

/** A collector's state that a test changes: series are made with their first sample. */
export function testView() {
  const byName = new Map<string, Series>();
  const alarms = new AlarmLog(100, 30_000);
  const state: { code: string | undefined } = { code: undefined };
  return {
    state,
    alarms,
    series: () => byName.values(),
    lastCode: () => state.code,
    push(name: string, value: number): Series {
      const known = byName.get(name);
      if (known) {
        known.push({ timeMs: known.newest.timeMs + 1000, value });
        return known;
      }
      const made = new Series(name, { timeMs: 1_700_000_000_000, value }, options);
      byName.set(name, made);
      return made;
    },
    /** Judges all that waits; values above 50 are outliers. */
    judge(series: Series): void {
      state.code = "OK";
      const { judged: from, samples } = series;
      const found = Array.from({ length: samples.pushed - from }, (_, index) => from + index)
        .filter((sequence) => samples.at(sequence).value > 50)
        .map((sequence) => {
          const { timeMs, value } = samples.at(sequence);
          return { sequence, flag: flagOf(timeMs, value) };
        });
      const verdictOf = () => ({ score: 0.123456, expected: 1, lower: 0, upper: 2 });
      const verdicts = {
        from,
        end: samples.pushed,
        verdictOf,
        state: "ready",
        flags: found,
      } as const;
      for (const flag of series.judge(verdicts, 0)) alarms.push(series.name, flag);
    },
    remove: (name: string) => byName.delete(name),
  };
}
