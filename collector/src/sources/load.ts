import { loadavg } from "node:os";
import type { Source } from "./source.ts";

/** The load average over a minute; in a container too it is the host's. Windows has none. */
export const load: Source = {
  name: "load",
  async read() {
    if (process.platform === "win32") return [];
    const [oneMinute = 0] = loadavg();
    return [{ series: "load1", value: oneMinute }];
  },
};
