import { SampleBudget } from "../../src/sample-budget.ts";
import { Series, type SeriesDescription } from "../../src/series.ts";
import type { Detected, Outlier } from "../../src/sink.ts";

/** A series for a test, unbounded and without a unit. */
export const describeSeries = (
  name: string,
  more: Partial<SeriesDescription> = {},
): SeriesDescription => ({
  name,
  labels: {},
  title: name,
  unit: "none",
  min: Number.NEGATIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
  minDeviation: 0,
  minRelativeDeviation: 0,
  direction: "both",
  intervalMs: 1000,
  ...more,
});

/** A series with samples a second apart, beginning at second 1. */
export function seriesOf(
  name: string,
  values: readonly number[],
  { capacity = 1000, ...more }: Partial<SeriesDescription> & { capacity?: number } = {},
): Series {
  const [first = 0, ...rest] = values;
  const budget = new SampleBudget(capacity);
  const series = new Series(describeSeries(name, more), { timeMs: 1000, value: first }, budget);
  for (const [at, value] of rest.entries()) series.push({ timeMs: 2000 + at * 1000, value });
  return series;
}

/** An outlier that is too large. */
export const outlierOf = (
  timeMs: number,
  value: number,
  phase: Outlier["phase"] = "begins",
): Outlier => ({
  sample: { timeMs, value },
  verdict: { score: 3, expected: 1, lower: 0, upper: 2 },
  direction: "up",
  reason: "it is <b>large</b>",
  phase,
});

/** Verdicts on all samples of a series without one; values above 50 are outliers. */
export function detect(series: Series, isEventOpen = false): Detected {
  const from = series.scored;
  const samples = Array.from({ length: series.backlog }, (_, at) => series.samples.at(from + at));
  const outliers = samples
    .filter(({ value }) => value > 50)
    .map(({ timeMs, value }, nth) =>
      outlierOf(timeMs, value, isEventOpen || nth > 0 ? "continues" : "begins"),
    )
    .map((outlier, nth) => ({
      ...outlier,
      sample: samples.filter(({ value }) => value > 50)[nth] ?? outlier.sample,
    }));
  const verdicts = samples.map(() => ({ score: 0.123456, expected: 1, lower: 0, upper: 2 }));
  series.advance(series.samples.pushed);
  return {
    from,
    samples,
    verdicts,
    outliers,
    state: "ready",
    isEventOpen: outliers.length > 0,
  };
}
