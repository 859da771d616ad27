import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { deadlineMs, type SeriesDefaults } from "./defaults.ts";
import type { Source } from "./source.ts";

/** The one-minute load average of a host whose /proc is mounted here. */
export const procLoad = (hostProc: string, defaults: SeriesDefaults): Source =>
  loadSource(defaults, async () => parseLoadavg(await readFile(join(hostProc, "loadavg"), "utf8")));

/** The one-minute load average of this machine. On Windows it is always 0. */
export const systemLoad = (defaults: SeriesDefaults): Source =>
  loadSource(defaults, async () => loadavg()[0] ?? Number.NaN);

function loadSource(
  { direction, intervalMs, minDeviation = 0.5 }: SeriesDefaults,
  read: () => Promise<number>,
): Source {
  const series = {
    name: "load1",
    labels: {},
    title: "Load, 1 minute",
    unit: "none",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    minDeviation,
    minRelativeDeviation: 0.2,
    direction,
    intervalMs,
  } as const;
  return {
    name: "load",
    intervalMs,
    deadlineMs: deadlineMs(intervalMs),
    read: async () => [{ series, value: await read() }],
  };
}

/** @see https://man7.org/linux/man-pages/man5/proc_loadavg.5.html */
function parseLoadavg(text: string): number {
  const load = /^(\d+\.\d+) /.exec(text)?.[1];
  if (load === undefined)
    throw new Error(`no load average in: ${JSON.stringify(text.slice(0, 80))}`);
  return Number(load);
}
