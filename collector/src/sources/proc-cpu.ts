import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CpuSeries, cpuSeries } from "./cpu-series.ts";
import {
  type CpuTimes,
  type CpuTimesByName,
  type Elapsed,
  elapsedTicks,
  parseProcStat,
  percent,
  total,
} from "./cpu-times.ts";
import { deadlineMs, type SeriesDefaults } from "./defaults.ts";
import type { Reading, Source } from "./source.ts";

/** A total of fewer of the CPUs than this share might be far from that of all. */
const MIN_CPU_SHARE = 0.9;

type Snapshot = { times: CpuTimesByName; startMs: number; endMs: number };

/**
 * CPU utilisation from Linux's /proc/stat, which holds the host's figures in a container too.
 * Counters that can't be true make no reading; a read that has none for that reason fails with it.
 * @param hostProc the folder where the host's /proc is mounted
 * @param perCore whether to add a series per core
 * @param now a monotonic clock, in milliseconds
 */
export function procCpu(
  hostProc: string,
  perCore: boolean,
  defaults: SeriesDefaults,
  now = (): number => performance.now(),
): Source {
  const path = join(hostProc, "stat");
  const { intervalMs } = defaults;
  const seriesOf = cpuSeries(defaults);
  // A tick that comes late brings the next one too close for a rate: over so short a time a CPU is
  // either idle or busy.
  const minElapsedMs = intervalMs / 2;
  let before: Snapshot | undefined;

  function snapshot(): Snapshot {
    const startMs = now();
    // At once: the counters are held against the clock, and a busy loop would come in between.
    const text = readFileSync(path, "utf8");
    const endMs = now();
    return { times: parseProcStat(text), startMs, endMs };
  }

  return {
    name: "cpu",
    intervalMs,
    deadlineMs: deadlineMs(intervalMs),
    async read() {
      const after = snapshot();
      if (!before) {
        before = after;
        return [];
      }
      const elapsed = { minMs: after.startMs - before.endMs, maxMs: after.endMs - before.startMs };
      if (elapsed.maxMs < minElapsedMs) return [];
      const { times } = before;
      before = after;
      return readingsOf(times, after.times, elapsed, perCore, seriesOf);
    },
  };
}

/** A CPU that has just appeared has no time before, and is left out until the next read. */
function readingsOf(
  before: CpuTimesByName,
  after: CpuTimesByName,
  elapsed: Elapsed,
  perCore: boolean,
  seriesOf: CpuSeries,
): Reading[] {
  const deltas = new Map<string, CpuTimes>();
  const faults: string[] = [];
  for (const [name, times] of after) {
    const previous = before.get(name);
    if (!previous) continue;
    const delta = elapsedTicks(previous, times, elapsed);
    if (typeof delta === "string") faults.push(`${name}: ${delta}`);
    else deltas.set(name, delta);
  }
  const cpus = deltas.size + faults.length;
  if (cpus === 0) return [];
  if (deltas.size < MIN_CPU_SHARE * cpus) {
    throw new Error(
      `counters of ${faults.length} of ${cpus} CPUs can't be true, such as ${faults[0]}`,
    );
  }
  return [...totalReadings(deltas, seriesOf), ...(perCore ? coreReadings(deltas, seriesOf) : [])];
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
