// A simulated host of 4 cores that serves requests: busy by day, quiet at night, never in trouble.
import { normalFrom, randomFrom } from "@outliers/testing/random";

const DAY_SECONDS = 86_400;
const HOUR = 3600;
const CORES = 4;

/** A sample of each series, in its unit. */
export type HostSample = {
  cpu_utilization_percent: number;
  cpu_user_percent: number;
  cpu_system_percent: number;
  cpu_iowait_percent: number;
  cpu_steal_percent: number;
  load1: number;
  memory_used_percent: number;
};

/** What is wrong with the host: what it adds to the demand for CPU and to the rest, in percent. */
export type Fault = {
  name: string;
  fromSecond: number;
  seconds: number;
  cpu?: number;
  iowait?: number;
  /** Added per second, and gone at the end. */
  memoryPerSecond?: number;
  /** The share of the requests that still come. */
  traffic?: number;
};

/** One of each kind, apart from the jobs and from each other. */
export const faults: readonly Fault[] = [
  { name: "all cores busy", fromSecond: 4.2 * HOUR, seconds: 600, cpu: 100 },
  { name: "one core busy", fromSecond: 6.2 * HOUR, seconds: 900, cpu: 25 },
  { name: "disk stalls", fromSecond: 12.7 * HOUR, seconds: 600, iowait: 50 },
  { name: "no traffic", fromSecond: 14.2 * HOUR, seconds: 600, traffic: 0 },
  { name: "memory leak", fromSecond: 18.2 * HOUR, seconds: 900, memoryPerSecond: 0.04 },
];

/** What runs by the clock or by hand on any day, in percent of all cores. */
const jobs = [
  { name: "metrics, each 5 min", every: 300, at: 7, seconds: 2, cpu: 15, iowait: 0 },
  { name: "cron, each hour", every: HOUR, at: 0, seconds: 45, cpu: 25, iowait: 2 },
  { name: "log rotation", every: DAY_SECONDS, at: 30, seconds: 30, cpu: 10, iowait: 10 },
  { name: "backup", every: DAY_SECONDS, at: 2 * HOUR, seconds: 1200, cpu: 20, iowait: 15 },
  { name: "deployment", every: DAY_SECONDS, at: 10.5 * HOUR, seconds: 90, cpu: 45, iowait: 3 },
  { name: "deployment", every: DAY_SECONDS, at: 16.1 * HOUR, seconds: 90, cpu: 45, iowait: 3 },
];

/** The requests' demand for CPU by the hour, in percent: interpolated. */
const TRAFFIC = [
  20, 16, 13, 11, 10, 11, 14, 20, 30, 42, 50, 52, 46, 48, 54, 56, 55, 52, 47, 44, 42, 38, 32, 25,
];

function trafficAt(second: number): number {
  const hour = second / HOUR;
  const before = TRAFFIC[Math.floor(hour) % 24] ?? 0;
  const after = TRAFFIC[(Math.floor(hour) + 1) % 24] ?? 0;
  return before + (after - before) * (hour % 1);
}

const clamp = (value: number): number => Math.min(100, Math.max(0, value));

/** /proc/stat counts in hundredths of a second, so a second of 4 cores has 400 ticks. */
const inTicks = (value: number): number => Math.round(clamp(value) * CORES) / CORES;

/** The samples of a day from midnight, one a second. */
export function* hostDay(seed: number, injected: readonly Fault[] = []): Generator<HostSample> {
  const normal = normalFrom(seed);
  const random = randomFrom(seed + 1);
  /** Traffic comes and goes over minutes, and in bursts of seconds. */
  let sway = 0;
  let burst = 0;
  let load = 0;
  let garbage = 0;
  for (let second = 0; second < DAY_SECONDS; second++) {
    const faulty = injected.filter(
      ({ fromSecond, seconds }) => second >= fromSecond && second < fromSecond + seconds,
    );
    const sumOf = (of: (fault: Fault) => number | undefined): number =>
      faulty.reduce((sum, fault) => sum + (of(fault) ?? 0), 0);
    const running = jobs.filter(({ every, at, seconds }) => {
      const sinceStart = (second + every - at) % every;
      return sinceStart < seconds;
    });
    sway = 0.995 * sway + 0.1 * 0.08 * normal();
    burst = random() < 0.01 ? 0.2 + 0.4 * random() : 0.5 * burst;
    const share = faulty.reduce((least, { traffic = 1 }) => Math.min(least, traffic), 1);
    const traffic = share * trafficAt(second) * (1 + sway + burst);
    const jobCpu = running.reduce((sum, { cpu }) => sum + cpu * (1 + 0.1 * normal()), 0);
    const noise = (1 + 0.05 * traffic) * normal();
    const demand = 1.5 + traffic + jobCpu + sumOf(({ cpu }) => cpu) + noise;
    const utilization = clamp(demand);
    const system = utilization * (0.25 + 0.02 * normal());
    const writeback = second % 30 < 2 ? 2 * random() : 0;
    const jobIowait = running.reduce((sum, { iowait }) => sum + iowait * (0.7 + 0.6 * random()), 0);
    const iowait = -0.3 * Math.log(random()) + writeback + jobIowait + sumOf((f) => f.iowait);
    // The kernel updates its average every 5 s. @see kernel/sched/loadavg.c
    const runnable = (CORES * Math.max(0, demand + iowait)) / 100;
    if (second % 5 === 0) load += (1 - Math.exp(-5 / 60)) * (runnable - load);
    garbage = garbage > 6 + random() ? 0 : garbage + 0.0002 * traffic;
    const leaked = faulty.reduce(
      (sum, { memoryPerSecond = 0, fromSecond }) => sum + memoryPerSecond * (second - fromSecond),
      0,
    );
    yield {
      cpu_utilization_percent: inTicks(utilization),
      cpu_user_percent: inTicks(utilization - system),
      cpu_system_percent: inTicks(system),
      cpu_iowait_percent: inTicks(Math.min(iowait, 100 - utilization)),
      cpu_steal_percent: random() < 0.02 ? 0.25 : 0,
      load1: Math.round(load * 100) / 100,
      memory_used_percent: clamp(48 + 0.1 * traffic + garbage + leaked + 0.05 * normal()),
    };
  }
}
