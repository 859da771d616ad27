import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { mem } from "systeminformation";
import { deadlineMs, percentSeries, type SeriesDefaults } from "./defaults.ts";
import { memoryUsedPercent } from "./meminfo.ts";
import type { Source } from "./source.ts";

/**
 * The memory of a host whose /proc is mounted here. systeminformation would read this process's own
 * /proc, and takes a MemAvailable of 0 for a missing one.
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

/** Memory that isn't available without swapping, in percent: caches don't count as used. */
function memorySource(defaults: SeriesDefaults, usedPercent: () => Promise<number>): Source {
  const series = percentSeries("memory_used_percent", "Memory used", defaults);
  return {
    name: "memory",
    intervalMs: defaults.intervalMs,
    deadlineMs: deadlineMs(defaults.intervalMs),
    read: async () => [{ series, value: await usedPercent() }],
  };
}
