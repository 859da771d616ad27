const MODES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

/** Ticks that one CPU has spent per mode since boot, as in a `cpuN` line of /proc/stat. */
export type CpuTimes = Record<(typeof MODES)[number], number>;

/** The times of each CPU by its name, `cpu0` and so on. */
export type CpuTimesByName = ReadonlyMap<string, CpuTimes>;

/** The fields that the first kernels had: user, nice, system and idle. */
const MIN_FIELDS = 4;
/** Counters are compared modulo 2^53, which is exact even for those that wrap at 2^63 or 2^64. */
const MODULUS = 2 ** 53;

const counterOf = (field: string): number =>
  field.length < 16 ? Number(field) : Number(BigInt.asUintN(53, BigInt(field)));

/**
 * Parses /proc/stat. Ignores the `cpu` line, the total, because it still includes CPUs that have
 * gone offline; and guest times, because user and nice include them.
 * @throws if there is no CPU line, one is cut off, or a field is not a number
 * @see https://man7.org/linux/man-pages/man5/proc_stat.5.html
 */
export function parseProcStat(text: string): CpuTimesByName {
  const times = new Map<string, CpuTimes>();
  const lines = text.split("\n");
  // What follows the last newline: nothing, unless the read was cut off.
  const rest = lines.pop() ?? "";
  let expected: number | undefined;
  for (const line of lines) {
    const [name = "", ...fields] = line.trimEnd().split(/\s+/);
    if (!/^cpu\d+$/.test(name)) continue;
    if (fields.some((field) => !/^\d{1,20}$/.test(field)))
      throw new Error(`not a number in: ${line}`);
    expected ??= Math.max(MIN_FIELDS, fields.length);
    if (fields.length !== expected) throw new Error(`expected ${expected} numbers in: ${line}`);
    // Fields that an old kernel does not have count as 0.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
      fields.map(counterOf);
    times.set(name, { user, nice, system, idle, iowait, irq, softirq, steal });
  }
  if (rest !== "" && (lines.at(-1) ?? "cpu").startsWith("cpu"))
    throw new Error(`cut off after: ${rest}`);
  if (times.size === 0) throw new Error("no CPU line in /proc/stat");
  return times;
}

/** The time between two reads. Each takes a while, so only its bounds are known. */
export type Elapsed = { minMs: number; maxMs: number };

// USER_HZ, which is 100 on every architecture that Node runs on.
const TICK_MS = 10;
/** How far counters may be ahead of the clock: each one is rounded. */
const MAX_SHARE = 1.2;
const SLACK_TICKS = 10;
/** How far they may be behind: a virtual machine that isn't scheduled misses ticks. */
const MIN_SHARE = 0.5;
/** The same if a counter went back, when time is more likely to be missing. */
const MIN_SHARE_AFTER_STEP_BACK = 0.9;

/**
 * Ticks per mode between two reads of one CPU. iowait may go back, and so does steal in some virtual
 * machines; the counters are still used if the others add up to the elapsed time. They are wrong if
 * they add up to much more time than has passed, or to hardly any.
 * @returns if the counters are wrong, an explanation
 */
export function elapsedTicks(
  before: CpuTimes,
  after: CpuTimes,
  { minMs, maxMs }: Elapsed,
): CpuTimes | string {
  const delta = { ...after };
  for (const mode of MODES) delta[mode] = difference(before[mode], after[mode]);
  // Time that was counted as a wait turned out to be idle, or the reverse: see proc(5).
  const waited = delta.idle + delta.iowait;
  if (delta.iowait < 0) Object.assign(delta, { iowait: 0, idle: waited });
  else if (delta.idle < 0) Object.assign(delta, { idle: 0, iowait: waited });
  const isBack = MODES.some((mode) => delta[mode] < -1);
  for (const mode of MODES) delta[mode] = Math.max(0, delta[mode]);

  const ticks = sum(delta);
  const minShare = isBack ? MIN_SHARE_AFTER_STEP_BACK : MIN_SHARE;
  const minTicks = (minShare * minMs) / TICK_MS - SLACK_TICKS;
  const maxTicks = (MAX_SHARE * maxMs) / TICK_MS + SLACK_TICKS;
  if (ticks > 0 && ticks >= minTicks && ticks <= maxTicks) return delta;
  const spent = `${ticks} ticks of ${TICK_MS} ms in ${Math.round((minMs + maxMs) / 2)} ms`;
  return isBack ? `${spent}, and a counter went back` : spent;
}

/** How much a counter has grown; negative if it went back. */
function difference(before: number, after: number): number {
  const grown = after - before;
  if (grown > MODULUS / 2) return grown - MODULUS;
  return grown < -MODULUS / 2 ? grown + MODULUS : grown;
}

const sum = (times: CpuTimes): number => MODES.reduce((all, mode) => all + times[mode], 0);

/** The summed times of several CPUs. */
export function total(times: Iterable<CpuTimes>): CpuTimes {
  const result = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 };
  for (const one of times) for (const mode of MODES) result[mode] += one[mode];
  return result;
}

/** Shares of the elapsed time of all CPUs counted, in percent. */
export type CpuPercent = {
  utilization: number;
  user: number;
  nice: number;
  system: number;
  /** Hard and soft interrupts. */
  irq: number;
  iowait: number;
  steal: number;
};

/**
 * Utilisation as node_exporter's dashboards compute it: everything but idle, iowait and steal. User,
 * nice, system and irq add up to it.
 * @returns undefined if no time has passed
 */
export function percent(delta: CpuTimes): CpuPercent | undefined {
  const { user, nice, system, irq, softirq, iowait, steal } = delta;
  const all = sum(delta);
  if (all === 0) return undefined;
  const share = (ticks: number): number => (100 * ticks) / all;
  return {
    utilization: share(user + nice + system + irq + softirq),
    user: share(user),
    nice: share(nice),
    system: share(system),
    irq: share(irq + softirq),
    iowait: share(iowait),
    steal: share(steal),
  };
}
