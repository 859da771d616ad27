import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CpuSeries, cpuSeries } from "./cpu-series.ts";
import {
  type CpuTimes,
  type CpuTimesByName,
  elapsed,
  parseProcStat,
  percent,
  total,
} from "./cpu-times.ts";
import { deadlineMs, type SeriesDefaults } from "./defaults.ts";
import type { Reading, Source } from "./source.ts";

/**
 * CPU utilisation from Linux's /proc/stat, which holds the host's figures in a container too.
 * @param hostProc the folder where the host's /proc is mounted
 * @param perCore whether to add a series per core
 */
export function procCpu(hostProc: string, perCore: boolean, defaults: SeriesDefaults): Source {
  const path = join(hostProc, "stat");
  const seriesOf = cpuSeries(defaults);
  let before: CpuTimesByName = new Map();
  return {
    name: "cpu",
    intervalMs: defaults.intervalMs,
    deadlineMs: deadlineMs(defaults.intervalMs),
    async read() {
      const after = parseProcStat(await readFile(path, "utf8"));
      const deltas = elapsedByName(before, after);
      before = after;
      return [
        ...totalReadings(deltas, seriesOf),
        ...(perCore ? coreReadings(deltas, seriesOf) : []),
      ];
    },
  };
}

/** A CPU that has just appeared has no time before, and is left out until the next read. */
function elapsedByName(before: CpuTimesByName, after: CpuTimesByName): Map<string, CpuTimes> {
  const deltas = new Map<string, CpuTimes>();
  for (const [name, times] of after) {
    const previous = before.get(name);
    const delta = previous && elapsed(previous, times);
    if (delta) deltas.set(name, delta);
  }
  return deltas;
}

function totalReadings(deltas: Map<string, CpuTimes>, seriesOf: CpuSeries): Reading[] {
  const shares = percent(total(deltas.values()));
  if (!shares) return [];
  return Object.entries(shares).map(([mode, value]) => ({ series: seriesOf(mode), value }));
}

function coreReadings(deltas: Map<string, CpuTimes>, seriesOf: CpuSeries): Reading[] {
  return [...deltas].flatMap(([name, delta]) => {
    const shares = percent(delta);
    return shares ? [{ series: seriesOf(name), value: shares.utilization }] : [];
  });
}
