/** Ticks that one CPU has spent per mode since boot, as in a `cpuN` line of /proc/stat. */
export type CpuTimes = {
  user: number;
  nice: number;
  system: number;
  idle: number;
  iowait: number;
  irq: number;
  softirq: number;
  steal: number;
};

/** The times of each CPU by its name, `cpu0` and so on. */
export type CpuTimesByName = ReadonlyMap<string, CpuTimes>;

const MODES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

/**
 * Parses /proc/stat. The `cpu` line of all CPUs is left out: it still counts CPUs that are
 * offline. So are guest times, because user and nice contain them.
 * @throws when there is no line of a CPU, or one with a field that is not a number
 * @see https://man7.org/linux/man-pages/man5/proc_stat.5.html
 */
export function parseProcStat(text: string): CpuTimesByName {
  const times = new Map<string, CpuTimes>();
  for (const line of text.split("\n")) {
    const [name = "", ...fields] = line.split(/\s+/);
    if (!/^cpu\d+$/.test(name)) continue;
    // Fields that an old kernel does not have count as 0.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
      fields.map(Number);
    if (fields.some((field) => !/^\d*$/.test(field))) throw new Error(`not a number in: ${line}`);
    times.set(name, { user, nice, system, idle, iowait, irq, softirq, steal });
  }
  if (times.size === 0) throw new Error("no line of a CPU in /proc/stat");
  return times;
}

// node_exporter takes a larger step back for a CPU that was reset, a smaller one for jitter.
const RESET_TICKS = 300;

/**
 * Ticks per mode between two reads of one CPU. Counters that went back (iowait may, see proc(5))
 * count as 0.
 * @returns undefined for a CPU that was reset in between, such as one that was offline
 */
export function elapsed(before: CpuTimes, after: CpuTimes): CpuTimes | undefined {
  if (before.idle - after.idle >= RESET_TICKS) return undefined;
  const delta = { ...after };
  for (const mode of MODES) delta[mode] = Math.max(0, after[mode] - before[mode]);
  return delta;
}

/** The sum of several CPUs' times. */
export function total(times: Iterable<CpuTimes>): CpuTimes {
  const result: CpuTimes = {
    user: 0,
    nice: 0,
    system: 0,
    idle: 0,
    iowait: 0,
    irq: 0,
    softirq: 0,
    steal: 0,
  };
  for (const one of times) for (const mode of MODES) result[mode] += one[mode];
  return result;
}

/** Shares of the elapsed time, each in percent of all CPUs that were counted. */
export type CpuPercent = {
  utilization: number;
  user: number;
  system: number;
  iowait: number;
  steal: number;
};

/**
 * Utilisation as node_exporter's dashboards compute it: all but idle, iowait and steal.
 * @returns undefined when no time has passed
 */
export function percent(delta: CpuTimes): CpuPercent | undefined {
  const { user, nice, system, idle, iowait, irq, softirq, steal } = delta;
  const busy = user + nice + system + irq + softirq;
  const all = busy + idle + iowait + steal;
  if (all === 0) return undefined;
  const share = (ticks: number): number => (100 * ticks) / all;
  return {
    utilization: share(busy),
    user: share(user),
    system: share(system),
    iowait: share(iowait),
    steal: share(steal),
  };
}
