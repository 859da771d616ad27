import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { mem } from "systeminformation";
import { deadlineMs, percentSeries, type SeriesDefaults } from "./defaults.ts";
import { memoryUsedPercent } from "./meminfo.ts";
import type { Source } from "./source.ts";

/**
 * The memory of the host whose /proc is in a folder. systeminformation reads this process's own,
 * and takes a MemAvailable of 0 for one that is missing.
 */
export const procMemory = (hostProc: string, defaults: SeriesDefaults): Source =>
  memorySource(defaults, async () =>
    memoryUsedPercent(await readFile(join(hostProc, "meminfo"), "utf8")),
  );

/** The memory of this machine. */
export const systemMemory = (defaults: SeriesDefaults): Source =>
  memorySource(defaults, async () => {
    const { total, available } = await mem();
    return (100 * (total - available)) / total;
  });

/** Memory in use, in percent: what is not available without swapping, so caches don't count. */
function memorySource(defaults: SeriesDefaults, usedPercent: () => Promise<number>): Source {
  const series = percentSeries("memory_used_percent", "Memory used", defaults);
  return {
    name: "memory",
    intervalMs: defaults.intervalMs,
    deadlineMs: deadlineMs(defaults.intervalMs),
    read: async () => [{ series, value: await usedPercent() }],
  };
}
