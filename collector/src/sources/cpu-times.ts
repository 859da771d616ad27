const MODES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

/** Ticks that one CPU has spent per mode since boot, as in a `cpuN` line of /proc/stat. */
export type CpuTimes = Record<(typeof MODES)[number], number>;

/** The times of each CPU by its name, `cpu0` and so on. */
export type CpuTimesByName = ReadonlyMap<string, CpuTimes>;

/** Fields of the first kernels: user, nice, system and idle. */
const MIN_FIELDS = 4;
/** Counters are told apart modulo 2^53, which is exact also for one that wraps at 2^63 or 2^64. */
const MODULUS = 2 ** 53;

const counterOf = (field: string): number =>
  field.length < 16 ? Number(field) : Number(BigInt.asUintN(53, BigInt(field)));

/**
 * Parses /proc/stat. The `cpu` line of all CPUs is left out: it still counts CPUs that are
 * offline. So are guest times, because user and nice contain them.
 * @throws when there is no line of a CPU, or one that was cut off, or a field that is not a number
 * @see https://man7.org/linux/man-pages/man5/proc_stat.5.html
 */
export function parseProcStat(text: string): CpuTimesByName {
  const times = new Map<string, CpuTimes>();
  const lines = text.split("\n");
  // What follows the last line's end: nothing, unless the read was cut off.
  const rest = lines.pop() ?? "";
  let expected: number | undefined;
  for (const line of lines) {
    const [name = "", ...fields] = line.trimEnd().split(/\s+/);
    if (!/^cpu\d+$/.test(name)) continue;
    if (fields.some((field) => !/^\d{1,20}$/.test(field)))
      throw new Error(`not a number in: ${line}`);
    expected ??= Math.max(MIN_FIELDS, fields.length);
    if (fields.length !== expected) throw new Error(`${expected} numbers expected in: ${line}`);
    // Fields that an old kernel does not have count as 0.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
      fields.map(counterOf);
    times.set(name, { user, nice, system, idle, iowait, irq, softirq, steal });
  }
  if (rest !== "" && (lines.at(-1) ?? "cpu").startsWith("cpu"))
    throw new Error(`cut off after: ${rest}`);
  if (times.size === 0) throw new Error("no line of a CPU in /proc/stat");
  return times;
}

/** The time that has passed between two reads: each takes a while, so within these bounds. */
export type Elapsed = { minMs: number; maxMs: number };

// USER_HZ, which is 100 on every architecture that Node runs on.
const TICK_MS = 10;
/** How far counters may be ahead of the clock: they are rounded, each by itself. */
const MAX_SHARE = 1.2;
const SLACK_TICKS = 10;
/** How far they may be behind it: a virtual machine that gets no CPU misses ticks. */
const MIN_SHARE = 0.5;
/** The same when one of them went back: what it has not counted is missing. */
const MIN_SHARE_AFTER_STEP_BACK = 0.9;

/**
 * Ticks per mode between two reads of one CPU. iowait may go back, and steal does in some virtual
 * machines; what the others add up to then tells whether they are the whole truth. No CPU can have
 * spent more ticks than have passed, nor next to none.
 * @returns why they can't be true, for people, when they can't
 */
export function elapsedTicks(
  before: CpuTimes,
  after: CpuTimes,
  { minMs, maxMs }: Elapsed,
): CpuTimes | string {
  const delta = { ...after };
  for (const mode of MODES) delta[mode] = difference(before[mode], after[mode]);
  // Time that was taken for a wait turned out to be idle, or the other way round: see proc(5).
  const waited = delta.idle + delta.iowait;
  if (delta.iowait < 0) Object.assign(delta, { iowait: 0, idle: waited });
  else if (delta.idle < 0) Object.assign(delta, { idle: 0, iowait: waited });
  const isBack = MODES.some((mode) => delta[mode] < -1);
  for (const mode of MODES) delta[mode] = Math.max(0, delta[mode]);

  const ticks = sum(delta);
  const minShare = isBack ? MIN_SHARE_AFTER_STEP_BACK : MIN_SHARE;
  const least = (minShare * minMs) / TICK_MS - SLACK_TICKS;
  const greatest = (MAX_SHARE * maxMs) / TICK_MS + SLACK_TICKS;
  if (ticks > 0 && ticks >= least && ticks <= greatest) return delta;
  const spent = `${ticks} ticks of ${TICK_MS} ms in ${Math.round((minMs + maxMs) / 2)} ms`;
  return isBack ? `${spent}, and counters that went back` : spent;
}

/** By how much a counter has grown; below 0 when it went back. */
function difference(before: number, after: number): number {
  const grown = after - before;
  if (grown > MODULUS / 2) return grown - MODULUS;
  return grown < -MODULUS / 2 ? grown + MODULUS : grown;
}

const sum = (times: CpuTimes): number => MODES.reduce((all, mode) => all + times[mode], 0);

/** The sum of several CPUs' times. */
export function total(times: Iterable<CpuTimes>): CpuTimes {
  const result = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 };
  for (const one of times) for (const mode of MODES) result[mode] += one[mode];
  return result;
}

/** Shares of the elapsed time, each in percent of all CPUs that were counted. */
export type CpuPercent = {
  utilization: number;
  user: number;
  nice: number;
  system: number;
  /** Of interrupts, hard and soft. */
  irq: number;
  iowait: number;
  steal: number;
};

/**
 * Utilisation as node_exporter's dashboards compute it: all but idle, iowait and steal, so that
 * user, nice, system and irq add up to it.
 * @returns undefined when no time has passed
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
