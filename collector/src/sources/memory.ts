import { mem } from "systeminformation";
import { deadlineMs, percentSeries, type SeriesDefaults } from "./defaults.ts";
import type { Source } from "./source.ts";

/** Memory in use, in percent: what is not available without swapping, so caches don't count. */
export function memory(defaults: SeriesDefaults): Source {
  const series = percentSeries("memory_used_percent", "Memory used", defaults);
  return {
    name: "memory",
    intervalMs: defaults.intervalMs,
    deadlineMs: deadlineMs(defaults.intervalMs),
    async read() {
      const { total, available } = await mem();
      if (total === 0) return [];
      return [{ series, value: (100 * (total - available)) / total }];
    },
  };
}
