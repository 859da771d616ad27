import type { Logger } from "@outliers/service/logger";
import type { Clock } from "./clock.ts";
import { type SeriesDescription, seriesId } from "./series.ts";
import { QueryError } from "./sources/prometheus/query-error.ts";
import { isAlone, type Reading, type Source } from "./sources/source.ts";
import type { StateStore } from "./state-store.ts";

/** A series whose past is read before it is watched. */
export type Past = {
  description: SeriesDescription;
  /** What is stored of it: then only the time since is read. */
  known: ReturnType<StateStore["take"]>;
  fromMs: number;
  /** When it was first seen, or seen again. */
  liveFromMs: number;
};

type Backfill = {
  source: Source;
  /** Series are added at any time, and removed once they are up to date with the source. */
  past: Map<string, Past>;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
  onSize(series: number): void;
  /** Takes readings, in order of time for each series; resolves once there is room for more. */
  onReadings(readings: readonly Reading[]): Promise<void>;
  /** Called for a series whose past can't be read. */
  onGivenUp(id: string, past: Past): void;
};

const MIN_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

/**
 * Reads the past of series in pieces, while the source goes on with the others, until none is left.
 * Those that are there at the same time are read together.
 */
export async function backfill(one: Backfill): Promise<void> {
  const { past, signal } = one;
  while (past.size > 0 && !signal.aborted) {
    one.onSize(past.size);
    const batch = new Map(past);
    await readBatch(one, batch);
    one.onSize(past.size);
  }
}

/** Reads the past of these series up to what the source has read. */
async function readBatch(one: Backfill, batch: ReadonlyMap<string, Past>): Promise<void> {
  const { source, past: all, clock, logger, signal } = one;
  const { stored } = source;
  if (!stored) return;
  let fromMs = Math.min(...[...batch.values()].map((past) => past.fromMs));
  let failures = 0;
  while (fromMs <= stored.readUntilMs() && !signal.aborted) {
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(source.deadlineMs)]);
      const { readings, untilMs } = await stored.readPast(fromMs, stored.readUntilMs(), deadline);
      failures = 0;
      const isPast = ({ series, timeMs = 0 }: Reading): boolean =>
        timeMs >= (batch.get(seriesId(series))?.fromMs ?? Number.POSITIVE_INFINITY);
      await one.onReadings(readings.filter((reading) => isPast(reading) && !isAlone(reading)));
      fromMs = untilMs + 1;
    } catch (error) {
      if (signal.aborted) return;
      const failure = error instanceof QueryError ? error.failure : {};
      if (failure.isPermanent) {
        logger.warn(
          { query: source.name, series: batch.size, err: error },
          "the past can't be read: these series warm up instead",
        );
        for (const [id, past] of batch) {
          all.delete(id);
          one.onGivenUp(id, past);
        }
        return;
      }
      if (failures === 0)
        logger.warn({ query: source.name, err: error }, "reading the past failed; retrying");
      const backoffMs = Math.min(MIN_RETRY_MS * 2 ** Math.min(failures, 10), MAX_RETRY_MS);
      failures += 1;
      await clock
        .sleep(Math.max(backoffMs, failure.retryAfterMs ?? 0), signal)
        .catch(() => undefined);
    }
  }
  if (signal.aborted) return;
  // At once, so that the source's next read is theirs too, and none is in between.
  for (const id of batch.keys()) all.delete(id);
}
