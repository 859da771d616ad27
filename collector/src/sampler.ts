import type { Logger } from "@outliers/service/logger";
import type { Metrics } from "./metrics.ts";
import type { Reading, Source } from "./sources/source.ts";

/**
 * Reads every source once. A source that fails costs its own readings only; it is logged when it
 * starts to fail and when it is well again.
 */
export function createSampler(sources: readonly Source[], metrics: Metrics, logger: Logger) {
  const failing = new Set<string>();

  async function read(source: Source): Promise<readonly Reading[]> {
    const stop = metrics.sampleDuration.startTimer({ source: source.name });
    try {
      const readings = await source.read();
      // The detector refuses a request for one bad value, and with it the other series.
      const bad = readings.find(({ value }) => !Number.isFinite(value));
      if (bad) throw new Error(`${bad.series} is ${bad.value}`);
      metrics.sampleSuccess.set({ source: source.name }, 1);
      if (failing.delete(source.name)) logger.info({ source: source.name }, "source is back");
      return readings;
    } catch (error) {
      metrics.sampleSuccess.set({ source: source.name }, 0);
      if (!failing.has(source.name))
        logger.error({ source: source.name, err: error }, "source fails");
      failing.add(source.name);
      return [];
    } finally {
      stop();
    }
  }

  return async (): Promise<Reading[]> => (await Promise.all(sources.map(read))).flat();
}
