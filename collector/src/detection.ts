import type { DetectorClient, DetectorStream } from "@outliers/client/detector-client";
import type { DecodedResponse } from "@outliers/proto";
import { type Batch, buildBatch, type Wanted } from "./batch.ts";
import type { Series } from "./series.ts";

/** How samples come to their verdicts. */
export type Detection = {
  /**
   * Has the next samples without a verdict judged, as many as go into one request.
   * @returns undefined when no sample waits
   * @throws ServiceError
   */
  next(all: Iterable<Series>): Promise<{ batch: Batch; response: DecodedResponse } | undefined>;
};

/** What the contract asks of a stream's history: 41,000 sample intervals. */
const HISTORY_SAMPLES = 41_000;
/** How many samples to keep: beside the history, those of an outage of 20,000 intervals. */
export const STREAM_CAPACITY = HISTORY_SAMPLES + 20_000;

/** Well within the detector's default limits of points and of bytes. */
const MAX_WINDOW_METRICS = 20_000;
/** Small enough that a history of hours doesn't keep a detector from its other clients. */
const MAX_STREAM_METRICS = 2000;

/** Sends the last `window` samples of a series whenever it has a new one: methods without memory. */
export function windowDetection(
  client: DetectorClient,
  window: number,
  minSamples: number,
): Detection {
  return {
    async next(all) {
      const wanted: Wanted[] = [];
      for (const series of all) {
        const { oldest, pushed } = series.samples;
        if (series.backlog === 0 || pushed < minSamples) continue;
        wanted.push({ series, from: Math.max(oldest, pushed - window) });
      }
      if (wanted.length === 0) return undefined;
      const batch = buildBatch(wanted, MAX_WINDOW_METRICS, true);
      return { batch, response: await client.detect(batch.metrics) };
    },
  };
}

/**
 * Sends each sample once, over a stream whose other end remembers. A new stream, be it the first
 * one or one after a break, gets the history of the samples without a verdict before it gets them.
 */
export function streamDetection(client: DetectorClient, onOpen: () => void): Detection {
  let stream: DetectorStream | undefined;
  /** The sequence number of the next sample to send. */
  let next = new WeakMap<Series, number>();
  return {
    async next(all) {
      const series = [...all];
      if (series.every(({ backlog }) => backlog === 0)) return undefined;
      if (!stream?.isOpen) {
        stream = client.openStream();
        next = new WeakMap();
        onOpen();
      }
      const wanted = series.map((one) => ({
        series: one,
        from: Math.max(next.get(one) ?? one.judged - HISTORY_SAMPLES, one.samples.oldest),
      }));
      const batch = buildBatch(wanted, MAX_STREAM_METRICS, false);
      const response = await stream.send(batch.metrics);
      for (const { series: one, end } of batch.parts) next.set(one, end);
      return { batch, response };
    },
  };
}
