import type { Metric } from "@outliers/proto";
import type { Sample, Series } from "./series.ts";

type Part = { series: Series; samples: Sample[]; end: number; start: number };

/** The windows of several series as the metrics of one request. */
export type Batch = { metrics: Metric[]; parts: Part[] };

/** Collects the window of each series that has a sample without a verdict. */
export function buildBatch(all: Iterable<Series>): Batch {
  const batch: Batch = { metrics: [], parts: [] };
  for (const series of all) {
    const window = series.pendingWindow();
    if (!window) continue;
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
