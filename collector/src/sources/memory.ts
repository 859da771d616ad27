import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { mem } from "systeminformation";
import { memoryUsedPercent } from "./meminfo.ts";
import type { Source } from "./source.ts";

/** Memory in use, in percent: what is not available without swapping, so caches don't count. */
const source = (usedPercent: () => Promise<number>): Source => ({
  name: "memory",
  read: async () => [{ series: "memory_used_percent", value: await usedPercent() }],
});

/**
 * The memory of the host whose /proc is in this folder. systeminformation reads this process's own,
 * and takes a MemAvailable of 0 for one that is missing.
 */
export const procMemory = (hostProc: string): Source =>
  source(async () => memoryUsedPercent(await readFile(join(hostProc, "meminfo"), "utf8")));

/** The memory of this machine. */
export const memory: Source =
  process.platform === "linux"
    ? procMemory("/proc")
    : source(async () => {
        const { total, available } = await mem();
        return (100 * (total - available)) / total;
      });
