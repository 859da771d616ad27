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

/** A total over a smaller share of the CPUs could be far from the total over all. */
const MIN_CPU_SHARE = 0.9;

type Snapshot = { times: CpuTimesByName; startMs: number; endMs: number };

/**
 * CPU utilisation from Linux's /proc/stat, which has the host's figures even in a container. CPUs
 * with impossible counters are left out; if they are too many, the read fails.
 * @param hostProc where the host's /proc is mounted
 * @param perCore whether to add a series for every core
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
  // After a late tick the next one comes too soon for a rate: over a very short time a CPU is either
  // idle or busy.
  const minElapsedMs = intervalMs / 2;
  let before: Snapshot | undefined;

  function snapshot(): Snapshot {
    const startMs = now();
    // Synchronous: the counters are compared with the clock, and a busy event loop would add a delay.
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

/** A CPU that has just appeared has no previous times; it is left out until the next read. */
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
      `impossible counters of ${faults.length} of ${cpus} CPUs, for example ${faults[0]}`,
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
