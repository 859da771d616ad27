import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import type { Source } from "./source.ts";

/** The load average over a minute, of the host whose /proc is in this folder. */
export const procLoad = (hostProc: string): Source => ({
  name: "load",
  async read() {
    const text = await readFile(join(hostProc, "loadavg"), "utf8");
    return [{ series: "load1", value: parseLoadavg(text) }];
  },
});

/** The load average over a minute, of this machine. Windows has none. */
export const load: Source = {
  name: "load",
  async read() {
    if (process.platform === "win32") return [];
    return [{ series: "load1", value: loadavg()[0] ?? Number.NaN }];
  },
};

/** @see https://man7.org/linux/man-pages/man5/proc_loadavg.5.html */
function parseLoadavg(text: string): number {
  const load = /^(\d+\.\d+) /.exec(text)?.[1];
  if (load === undefined)
    throw new Error(`no load average in: ${JSON.stringify(text.slice(0, 80))}`);
  return Number(load);
}
