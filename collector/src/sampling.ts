import type { Logger } from "@outliers/service/logger";
import pTimeout from "p-timeout";
import type { Clock } from "./clock.ts";
import type { Metrics } from "./metrics.ts";
import { seriesId } from "./series.ts";
import type { Reading, Source } from "./sources/source.ts";
import { ticks } from "./ticks.ts";

/**
 * After this many reads without a reading a source of the host has failed; a rate has none at its
 * first. The result of a query may be empty.
 */
const READS_WITHOUT_READINGS = 3;

/**
 * Reads a source at every tick of its interval until the signal aborts. A read that fails or hangs
 * affects no other source; the log says when a source starts to fail and when it has recovered.
 * @param onReadings gets the readings, and the tick at which they were due
 * @param onFailing gets told when the source begins to fail, and when it has recovered
 */
export async function sampleSource(
  source: Source,
  onReadings: (readings: readonly Reading[], tickMs: number) => void | Promise<void>,
  onFailing: (isFailing: boolean) => void,
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

  async function readAt(timeMs: number): Promise<void> {
    const stop = metrics.sampleDuration.startTimer(labels);
    try {
      let isAny = false;
      do {
        const readings = await read();
        isAny ||= readings.length > 0;
        const possible = readings.filter(isPossible);
        await onReadings(possible, timeMs);
        metrics.rejectedReadings.inc(labels, readings.length - possible.length);
        const wrong = readings.find((reading) => !isPossible(reading));
        if (wrong) throw new Error(`impossible value of ${seriesId(wrong.series)}: ${wrong.value}`);
      } while (source.stored?.isBehind() && !signal.aborted);
      empty = isAny || source.stored ? 0 : empty + 1;
      if (empty >= READS_WITHOUT_READINGS) throw new Error(`no reading in ${empty} reads`);
      metrics.sampleSuccess.set(labels, 1);
      // An empty result says that nothing is there, which is as good as a sample.
      if (isAny || source.stored) metrics.lastSample.set(labels, timeMs / 1000);
      if (isFailing) logger.info(labels, "source recovered");
      isFailing = false;
      onFailing(false);
    } catch (error) {
      if (signal.aborted) return;
      metrics.sampleSuccess.set(labels, 0);
      if (!isFailing)
        logger.error({ ...labels, err: error }, "source failed; its series are unmonitored");
      isFailing = true;
      onFailing(true);
    } finally {
      stop();
    }
  }

  // What is stored is there already: an interval of an hour is no reason to wait for one.
  if (source.stored) await readAt(clock.now());
  for await (const { timeMs, missed } of ticks(source.intervalMs, clock, signal)) {
    metrics.missedTicks.inc(missed);
    await readAt(timeMs);
  }
}

const isPossible = ({ series, value }: Reading): boolean =>
  Number.isFinite(value) && value >= series.min && value <= series.max;

/** Reads with a deadline. While a read hangs no other one is started: every tick fails. */
function createRead(source: Source, signal: AbortSignal) {
  let isReading = false;
  return (): Promise<readonly Reading[]> => {
    if (isReading) throw new Error("the previous read has not finished");
    isReading = true;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(source.deadlineMs)]);
    const reading = source.read(deadline).finally(() => {
      isReading = false;
    });
    const message = `no reading within ${source.deadlineMs / 1000} s`;
    return pTimeout(reading, { milliseconds: source.deadlineMs, message, signal });
  };
}
