import { mem } from "systeminformation";
import type { Source } from "./source.ts";

/** Memory in use, in percent: what is not available without swapping, so caches don't count. */
export const memory: Source = {
  name: "memory",
  async read() {
    const { total, available } = await mem();
    if (total === 0) return [];
    return [{ series: "memory_used_percent", value: (100 * (total - available)) / total }];
  },
};
