import type { DetectorClient, DetectorStream } from "@outliers/client/detector-client";
import type { DecodedResponse, DetectionOptions } from "@outliers/proto";
import { type Batch, buildBatch, type Wanted } from "./batch.ts";
import type { Series } from "./series.ts";

/** Sends samples of series that share their options, and returns the detector's responses. */
export type Requester = {
  /**
   * Has the next samples without a verdict scored, as many as fit into one request.
   * @returns undefined if no sample is waiting
   * @throws ServiceError
   */
  next(series: Iterable<Series>): Promise<{ batch: Batch; response: DecodedResponse } | undefined>;
  /** Starts over, as if nothing had been sent. */
  restart(): void;
};

/** The replay that the contract asks for, in sample intervals. */
const REPLAYED_SAMPLES = 41_000;
/** How many samples are kept per series on a stream: the replay, and the backlog of an outage. */
export const STREAM_CAPACITY = REPLAYED_SAMPLES + 20_000;

/** Well within the detector's default limits on metrics and bytes per request. */
const MAX_WINDOW_METRICS = 20_000;
/** Small enough that a replay of hours doesn't hold up the detector's other clients. */
const MAX_STREAM_METRICS = 2000;

/** For methods without state: sends the last `window` samples of a series when it has a new one. */
export const windowRequester = (
  client: DetectorClient,
  options: DetectionOptions,
  window: number,
  minSamples: number,
): Requester => ({
  async next(all) {
    const wanted: Wanted[] = [];
    for (const series of all) {
      const { oldest, pushed } = series.samples;
      if (series.backlog === 0 || pushed < minSamples) continue;
      wanted.push({ series, from: Math.max(oldest, pushed - window) });
    }
    if (wanted.length === 0) return undefined;
    const batch = buildBatch(wanted, MAX_WINDOW_METRICS, true);
    return { batch, response: await client.detect(batch.metrics, options) };
  },
  restart() {},
});

/**
 * For methods with state: sends each sample once, over a stream. A new stream, whether the first
 * or one after a break, first gets a replay of earlier samples, then those without a verdict.
 */
export function streamRequester(
  client: DetectorClient,
  options: DetectionOptions,
  onOpen: () => void,
): Requester {
  let stream: DetectorStream | undefined;
  /** The sequence number of the next sample to send. */
  let next = new WeakMap<Series, number>();
  return {
    async next(all) {
      const series = [...all];
      if (series.every(({ backlog }) => backlog === 0)) return undefined;
      if (!stream?.isOpen) {
        stream = client.openStream(options);
        next = new WeakMap();
        onOpen();
      }
      const wanted = series.map((one) => ({
        series: one,
        from: Math.max(next.get(one) ?? one.scored - REPLAYED_SAMPLES, one.samples.oldest),
      }));
      const batch = buildBatch(wanted, MAX_STREAM_METRICS, false);
      const response = await stream.send(batch.metrics);
      for (const { series: one, end } of batch.parts) next.set(one, end);
      return { batch, response };
    },
    restart() {
      stream?.close();
      stream = undefined;
    },
  };
}
