import type { Logger } from "@outliers/service/logger";
import pTimeout from "p-timeout";
import type { Clock } from "./clock.ts";
import type { Metrics } from "./metrics.ts";
import { seriesId } from "./series.ts";
import type { Reading, Source } from "./sources/source.ts";
import { ticks } from "./ticks.ts";

/** A source without a reading for so many reads is one that nobody watches; a rate needs two. */
const READS_WITHOUT_READINGS = 3;

/**
 * Reads a source at each tick of its interval until the signal aborts. A read that fails or hangs
 * costs the source its own readings only; it is logged when that begins and when it is over.
 * @param onReadings takes what was read, and the tick that it was due at
 */
export async function sampleSource(
  source: Source,
  onReadings: (readings: readonly Reading[], tickMs: number) => void,
  metrics: Metrics,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const labels = { source: source.name };
  const read = createRead(source, signal);
  let isFailing = false;
  let empty = 0;
  metrics.sourceInterval.set(labels, source.intervalMs / 1000);
  for await (const { timeMs, missed } of ticks(source.intervalMs, clock, signal)) {
    metrics.missedTicks.inc(missed);
    const stop = metrics.sampleDuration.startTimer(labels);
    try {
      const readings = await read();
      empty = readings.length === 0 ? empty + 1 : 0;
      if (empty >= READS_WITHOUT_READINGS) throw new Error(`${empty} reads without a reading`);
      const possible = readings.filter(isPossible);
      onReadings(possible, timeMs);
      const wrong = readings.find((reading) => !possible.includes(reading));
      metrics.rejectedReadings.inc(labels, readings.length - possible.length);
      if (wrong) throw new Error(`${seriesId(wrong.series)} is ${wrong.value}, which can't be`);
      metrics.sampleSuccess.set(labels, 1);
      if (readings.length > 0) metrics.lastSample.set(labels, timeMs / 1000);
      if (isFailing) logger.info(labels, "source works again");
      isFailing = false;
    } catch (error) {
      if (signal.aborted) return;
      metrics.sampleSuccess.set(labels, 0);
      if (!isFailing)
        logger.error({ ...labels, err: error }, "source failed: its series are unmonitored");
      isFailing = true;
    } finally {
      stop();
    }
  }
}

const isPossible = ({ series, value }: Reading): boolean =>
  Number.isFinite(value) && value >= series.min && value <= series.max;

/** Reads with a deadline. No read joins one that hangs: each tick fails until it is over. */
function createRead(source: Source, signal: AbortSignal) {
  let isReading = false;
  return (): Promise<readonly Reading[]> => {
    if (isReading) throw new Error("the last read is still under way");
    isReading = true;
    const reading = source.read(AbortSignal.timeout(source.deadlineMs)).finally(() => {
      isReading = false;
    });
    const message = `no reading within ${source.deadlineMs / 1000} s`;
    return pTimeout(reading, { milliseconds: source.deadlineMs, message, signal });
  };
}
