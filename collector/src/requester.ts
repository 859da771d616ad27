import type { DetectorClient, DetectorStream } from "@outliers/client/detector-client";
import { isPermanent } from "@outliers/client/errors";
import { hasScores } from "@outliers/client/whole-response";
import { type DecodedResponse, type DetectionOptions, type Metric, State } from "@outliers/proto";
import { type Batch, buildBatch, takeCheckpoints, toTimestamp, type Wanted } from "./batch.ts";
import type { Normal, NormalPeriods } from "./normal-periods.ts";
import type { Series } from "./series.ts";

/** What was marked as normal: what of it a stream has to know, and what has become of it. */
export type SeriesNormals = Pick<NormalPeriods, "of" | "stateOf" | "onKnown" | "onRefused">;

/** The result of a request: verdicts on its batch, and the series that got a new checkpoint. */
type Answered = { batch: Batch; response: DecodedResponse; checkpointed: readonly Series[] };

/** Sends samples of series that share their options, and returns the detector's responses. */
export type Requester = {
  /**
   * Has the next samples without a verdict scored, as many as fit into one request.
   * @returns undefined if no sample is waiting
   * @throws ServiceError
   */
  next(series: Iterable<Series>): Promise<Answered | undefined>;
  /** Starts over, as if nothing had been sent. */
  restart(): void;
};

/** How many samples are kept per series on a stream: those of an outage of 5 hours at 1 s. */
export const STREAM_CAPACITY = 20_000;

/** Well within the detector's default limits on metrics and bytes per request. */
const MAX_WINDOW_METRICS = 20_000;
/** Small enough that a long backlog doesn't hold up the detector's other clients. */
const MAX_STREAM_METRICS = 2000;
/**
 * A checkpoint is asked for when so many samples came after the last one, or so much time passed:
 * whoever takes over a stream has them all to go through again.
 */
const CHECKPOINT_SAMPLES = 500;
const CHECKPOINT_MS = 3_600_000;
/** A few hundred KiB, and some milliseconds for whoever makes or reads them. */
const MAX_CHECKPOINTS = 32;

/**
 * For methods without state: sends the last `window` samples of a series when it has a new one.
 * A server of the contract's first version pools all metrics of a request, whatever their names:
 * it gets one series per request.
 * @param onFirstContract called when such a server has answered, after one of another kind or none
 */
export function windowRequester(
  client: DetectorClient,
  options: DetectionOptions,
  window: number,
  minSamples: number,
  onFirstContract: () => void,
): Requester {
  let isPooling = false;

  return {
    async next(all) {
      const wanted: Wanted[] = [];
      for (const series of all) {
        const { oldest, pushed } = series.samples;
        if (series.backlog === 0 || pushed < minSamples) continue;
        wanted.push({ series, from: Math.max(oldest, pushed - window) });
      }
      if (wanted.length === 0) return undefined;
      const sent = isPooling ? wanted.slice(0, 1) : wanted;
      const batch = buildBatch(sent, MAX_WINDOW_METRICS, true);
      const response = await client.detect(batch.metrics, options);
      const wasPooling = isPooling;
      isPooling = !hasScores(response);
      if (isPooling && !wasPooling) onFirstContract();
      if (isPooling && batch.parts.length > 1) return this.next(all);
      return { batch, response, checkpointed: [] };
    },
    restart() {},
  };
}

/**
 * For methods with state: sends each sample once, over a stream. A new stream, whether the first
 * or one after a break, first gets the last checkpoint of each series, then the samples since.
 * What was marked as normal is sent at once, to each stream that doesn't know it, and a checkpoint
 * is taken that has it.
 */
export function streamRequester(
  client: DetectorClient,
  options: DetectionOptions,
  onOpen: () => void,
  normals: SeriesNormals,
): Requester {
  let stream: DetectorStream | undefined;
  /** The sequence number of the next sample to send; a series without one is new to the stream. */
  let next = new WeakMap<Series, number>();
  /** The ids of the normals that the stream knows of a series; without any, it can't learn one yet. */
  let knownOf = new WeakMap<Series, Set<string>>();

  /** Gives a stream the checkpoints of series that are new to it. */
  async function resume(on: DetectorStream, all: readonly Series[]): Promise<void> {
    const fresh = all.filter((series) => !next.has(series));
    const resumed = fresh.flatMap((series) => {
      const { checkpoint } = series;
      return checkpoint ? [{ series, checkpoint }] : [];
    });
    for (let from = 0; from < resumed.length; from += MAX_CHECKPOINTS) {
      const part = resumed.slice(from, from + MAX_CHECKPOINTS);
      const checkpoints = part.map(({ series, checkpoint }) => ({
        name: series.id,
        state: Buffer.from(checkpoint.state),
        time: toTimestamp(checkpoint.timeMs),
      }));
      await on.send({ metrics: [], checkpoints });
      for (const { series, checkpoint } of part) {
        next.set(series, series.samples.after(checkpoint.timeMs));
        setKnown(series, new Set(checkpoint.normals));
      }
    }
    for (const series of fresh) if (!next.has(series)) next.set(series, series.samples.oldest);
  }

  function setKnown(series: Series, ids: Set<string>): void {
    knownOf.set(series, ids);
    normals.onKnown(series, ids);
  }

  /** Has a stream learn and forget. @returns false when it refused something, and has ended */
  async function learn(on: DetectorStream, all: Iterable<Series>): Promise<boolean> {
    for (const series of all) {
      const known = knownOf.get(series);
      if (!known) continue;
      const wanted = normals.of(series);
      // First what is taken back: the number per series is limited.
      for (const id of known) {
        const isWanted = wanted.some((normal) => normal.id === id);
        if (isWanted || normals.stateOf(series.id, id).state === "refused") continue;
        if (!(await tell(on, series, { id, timesMs: [], values: [] }))) return false;
      }
      for (const normal of wanted) {
        if (known.has(normal.id)) continue;
        if (!(await tell(on, series, normal))) return false;
      }
    }
    return true;
  }

  async function tell(on: DetectorStream, series: Series, normal: Normal): Promise<boolean> {
    const { id, timesMs, values } = normal;
    const metrics = timesMs.map(
      (timeMs, at): Metric => ({ time: toTimestamp(timeMs), value: values[at] ?? 0 }),
    );
    const request = { metrics: [], normals: [{ id, name: series.id, metrics }] };
    try {
      const response = await on.send({ ...request, checkpointNames: [series.id] });
      const known = new Set(knownOf.get(series));
      if (values.length > 0) known.add(id);
      else known.delete(id);
      setKnown(series, known);
      takeCheckpoints([series], response, () => known);
      return true;
    } catch (error) {
      if (!(error instanceof Error && isPermanent(error))) throw error;
      normals.onRefused(series, id, error.message);
      return false;
    }
  }

  return {
    async next(given) {
      const all = [...given];
      const waiting = all.filter(({ backlog }) => backlog > 0);
      if (waiting.length > 0) {
        if (!stream?.isOpen) {
          stream = client.openStream(options);
          next = new WeakMap();
          knownOf = new WeakMap();
          onOpen();
        }
        await resume(stream, waiting);
      }
      if (stream?.isOpen && !(await learn(stream, all))) return this.next(all);
      if (!stream || waiting.length === 0) return undefined;
      const wanted = waiting.map((series) => ({
        series,
        from: Math.max(next.get(series) ?? 0, series.samples.oldest),
      }));
      const batch = buildBatch(wanted, MAX_STREAM_METRICS, false);
      const due = batch.parts.filter(isCheckpointDue).slice(0, MAX_CHECKPOINTS);
      const response = await stream.send({
        metrics: batch.metrics,
        checkpointNames: due.map(({ series }) => series.id),
      });
      for (const { series, end } of batch.parts) next.set(series, end);
      const stateOf = new Map(response.series.map(({ name, state }) => [name, state]));
      for (const { series } of batch.parts) {
        // While it warms up, it doesn't know yet what is usual.
        const isWarm = stateOf.get(series.id) !== State.STATE_WARMING_UP;
        if (isWarm && !knownOf.has(series)) setKnown(series, new Set());
      }
      const checkpointed = takeCheckpoints(
        due.map(({ series }) => series),
        response,
        (series) => knownOf.get(series) ?? [],
      );
      return { batch, response, checkpointed };
    },
    restart() {
      stream?.close();
      stream = undefined;
    },
  };
}

/** Whether a series wants a checkpoint after the samples of a batch. */
function isCheckpointDue({
  series: { samples, checkpoint },
  end,
}: Batch["parts"][number]): boolean {
  const since = checkpoint ? samples.after(checkpoint.timeMs) : samples.oldest;
  if (end - since >= CHECKPOINT_SAMPLES) return true;
  const first = checkpoint?.timeMs ?? samples.at(samples.oldest).timeMs;
  return samples.at(end - 1).timeMs - first >= CHECKPOINT_MS;
}
