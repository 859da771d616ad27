// A simulated host of 4 cores that serves requests for weeks: busy by day, quiet at night and at weekends.
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

const kinds: readonly (Omit<Fault, "fromSecond"> & { hour: number })[] = [
  { name: "all cores busy", hour: 4.7, seconds: 600, cpu: 100 },
  { name: "one core busy", hour: 6.2, seconds: 900, cpu: 25 },
  { name: "disk stalls", hour: 12.7, seconds: 600, iowait: 50 },
  { name: "no traffic", hour: 14.2, seconds: 600, traffic: 0 },
  { name: "half the traffic", hour: 11.2, seconds: 3600, traffic: 0.5 },
  { name: "memory leak", hour: 18.2, seconds: 900, memoryPerSecond: 0.04 },
];

/** Three of each kind, one a day from the fourth day on, at another time each week. */
export const faults: readonly Fault[] = Array.from({ length: 18 }, (_, at) => {
  const { hour, ...fault } = kinds[(5 * at) % kinds.length] ?? { hour: 0, name: "", seconds: 0 };
  const later = Math.floor(at / kinds.length) * 1.3;
  return { ...fault, fromSecond: (at + 3) * DAY_SECONDS + Math.round((hour + later) * HOUR) };
});

/** What runs by the clock, or by hand on some days of the week, in percent of all cores. */
type Job = {
  name: string;
  every: number;
  at: number;
  seconds: number;
  cpu: number;
  iowait: number;
};

const WEEK = 7 * DAY_SECONDS;
const byHand = (day: number, hour: number): Job => ({
  name: "deployment",
  every: WEEK,
  at: day * DAY_SECONDS + hour * HOUR,
  seconds: 90,
  cpu: 45,
  iowait: 3,
});
export const jobs: readonly Job[] = [
  { name: "metrics, every 5 min", every: 300, at: 7, seconds: 2, cpu: 15, iowait: 0 },
  { name: "cron, every hour", every: HOUR, at: 0, seconds: 45, cpu: 25, iowait: 2 },
  { name: "log rotation", every: DAY_SECONDS, at: 30, seconds: 30, cpu: 10, iowait: 10 },
  { name: "backup", every: DAY_SECONDS, at: 2 * HOUR, seconds: 1200, cpu: 20, iowait: 15 },
  {
    name: "weekly job",
    every: WEEK,
    at: 6 * DAY_SECONDS + 4 * HOUR,
    seconds: 2700,
    cpu: 35,
    iowait: 10,
  },
  byHand(1, 10.5),
  byHand(3, 16.1),
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

/** The samples from midnight of a Monday on, one a second. */
export function* hostWeeks(seed: number, days: number): Generator<HostSample> {
  const normal = normalFrom(seed);
  const random = randomFrom(seed + 1);
  /** Traffic comes and goes over minutes, and in bursts of seconds. */
  let sway = 0;
  let burst = 0;
  let load = 0;
  let garbage = 0;
  for (let second = 0; second < days * DAY_SECONDS; second++) {
    const faulty = faults.filter(
      ({ fromSecond, seconds }) => second >= fromSecond && second < fromSecond + seconds,
    );
    const sumOf = (of: (fault: Fault) => number | undefined): number =>
      faulty.reduce((sum, fault) => sum + (of(fault) ?? 0), 0);
    const running = jobs.filter(({ every, at, seconds }) => {
      return second >= at && (second - at) % every < seconds;
    });
    sway = 0.995 * sway + 0.1 * 0.08 * normal();
    burst = random() < 0.01 ? 0.2 + 0.4 * random() : 0.5 * burst;
    const share = faulty.reduce((least, { traffic = 1 }) => Math.min(least, traffic), 1);
    const isWeekend = Math.floor(second / DAY_SECONDS) % 7 >= 5;
    const demanded = trafficAt(second % DAY_SECONDS) * (isWeekend ? 0.4 : 1);
    const traffic = share * demanded * (1 + sway + burst);
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
