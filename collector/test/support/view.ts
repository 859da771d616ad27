import { SampleBudget } from "../../src/sample-budget.ts";
import { Series } from "../../src/series.ts";
import { Incidents } from "../../src/sinks/incidents.ts";
import { RecentSamples } from "../../src/sinks/recent-samples.ts";
import { Statuses } from "../../src/sinks/status.ts";
import { testNormals } from "./normals.ts";
import { describeSeries, detect } from "./series.ts";

/** A collector's state that a test changes: a series is created with its first sample. */
export function testView() {
  const byName = new Map<string, Series>();
  const budget = new SampleBudget(61_000);
  const recentSamples = new RecentSamples(budget);
  const statuses = new Statuses(1000);
  const incidents = new Incidents(100, { onEventBegins() {}, onIncidentEnds() {} });
  const normals = testNormals(() => [...byName.values()]);
  const open = new Set<Series>();
  const state: { code: string | undefined } = { code: undefined };
  return {
    state,
    incidents,
    normals,
    readOnly: undefined,
    warmUpSamples: 100,
    recentSamples,
    statuses,
    series: () => [...byName.values()],
    lastCode: () => state.code,
    push(name: string, value: number, labels: Record<string, string> = {}): Series {
      let series = byName.get(name);
      if (series) series.push({ timeMs: series.newest.timeMs + 1000, value });
      else {
        series = new Series(
          describeSeries(name, { labels }),
          { timeMs: 1_700_000_000_000, value },
          budget,
        );
        byName.set(name, series);
      }
      recentSamples.onSample(series);
      statuses.onSample(series);
      return series;
    },
    /** Gives every sample without one a verdict; values above 50 are outliers. */
    detect(series: Series): Series {
      state.code = "OK";
      const detected = detect(series, open.has(series));
      if (detected.isEventOpen) open.add(series);
      else open.delete(series);
      for (const sink of [statuses, recentSamples, incidents]) sink.onVerdicts(series, detected, 0);
      return series;
    },
    remove: (name: string) => byName.delete(name),
  };
}
