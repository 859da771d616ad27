import type { Metric } from "@outliers/proto";
import type { Sample, Series } from "./series.ts";

type Part = { series: Series; samples: Sample[]; end: number; start: number };

/** The windows of several series as the metrics of one request. */
export type Batch = { metrics: Metric[]; parts: Part[] };

/** One request's metrics: well within the detector's default limits of points and of bytes. */
const MAX_METRICS = 20_000;

/**
 * Collects the window of each series that has a sample without a verdict, as many as go into one
 * request; the others wait for the next batch.
 */
export function buildBatch(all: Iterable<Series>, maxMetrics = MAX_METRICS): Batch {
  const batch: Batch = { metrics: [], parts: [] };
  for (const series of all) {
    const window = series.pendingWindow();
    if (!window) continue;
    const isFull = batch.metrics.length + window.samples.length > maxMetrics;
    if (isFull && batch.parts.length > 0) break;
    batch.parts.push({ series, ...window, start: batch.metrics.length });
    for (const { timeMs, value } of window.samples) {
      batch.metrics.push({ time: toTimestamp(timeMs), name: series.name, value });
    }
  }
  return batch;
}

/**
 * Gives the verdicts on a batch to its series.
 * @param indices positions of the outliers in the batch's metrics
 * @returns the samples that are flagged now, by series
 */
export function applyVerdicts({ parts }: Batch, indices: readonly number[], nowMs: number) {
  return parts.flatMap(({ series, samples, end, start }) => {
    const outliers = indices.flatMap((index) => {
      const sample = samples[index - start];
      return sample ? [{ sample, fromEnd: samples.length - (index - start) }] : [];
    });
    return series.judge(end, outliers, nowMs).map((sample) => ({ series, sample }));
  });
}

/** @see https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
function toTimestamp(timeMs: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(timeMs / 1000);
  return { seconds, nanos: Math.round((timeMs - seconds * 1000) * 1e6) };
}
