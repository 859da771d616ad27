// Simulated hosts over weeks: the CPU utilization of one, second by second.
import { normalFrom, randomFrom } from "@outliers/testing/random";
import type { Fault } from "./faults.ts";

export const DAY_SECONDS = 86_400;
const HOUR = 3600;
const CORES = 4;
/** A Monday. */
export const START_MS = Date.UTC(2026, 2, 2);

export type HostKind = "idle" | "busy" | "weekend";
export const hostKinds: readonly HostKind[] = ["idle", "busy", "weekend"];

/** Part of a day on which a job runs: seconds since midnight, and percent of all cores. */
type Job = {
  name: string;
  days: (day: number) => boolean;
  at: number;
  seconds: number;
  cpu: number;
};

const isSunday = (day: number): boolean => day % 7 === 6;
export const isWeekend = (day: number): boolean => day % 7 >= 5;

const dailyJobs: readonly Job[] = [
  { name: "backup", days: () => true, at: 2 * HOUR, seconds: 1200, cpu: 20 },
  { name: "log rotation", days: () => true, at: 30, seconds: 30, cpu: 10 },
  { name: "weekly", days: isSunday, at: 4 * HOUR, seconds: 2700, cpu: 35 },
];
const HOURLY = { seconds: 45, cpu: 25 };
const DEPLOY = { seconds: 90, cpu: 45 };

/** The demand of requests by the hour, in percent of all cores: interpolated. */
const TRAFFIC = [
  20, 16, 13, 11, 10, 11, 14, 20, 30, 42, 50, 52, 46, 48, 54, 56, 55, 52, 47, 44, 42, 38, 32, 25,
];

export function trafficAt(second: number): number {
  const hour = second / HOUR;
  const before = TRAFFIC[Math.floor(hour) % 24] ?? 0;
  const after = TRAFFIC[(Math.floor(hour) + 1) % 24] ?? 0;
  return before + (after - before) * (hour % 1);
}

/** A time during which something happens, in seconds since the start. */
export type Span = { name: string; from: number; to: number };

/** When jobs run in so many days: those of the clock, and two deployments a week. */
export function jobsOf(days: number, seed: number): Span[] {
  const random = randomFrom(seed + 77);
  const jobs: Span[] = [];
  for (let day = 0; day < days; day++) {
    const midnight = day * DAY_SECONDS;
    for (const { name, days: runsOn, at, seconds } of dailyJobs)
      if (runsOn(day)) jobs.push({ name, from: midnight + at, to: midnight + at + seconds });
    for (let hour = 0; hour < 24; hour++) {
      const from = midnight + hour * HOUR;
      jobs.push({ name: "hourly", from, to: from + HOURLY.seconds });
    }
    if (day % 7 !== 1 && day % 7 !== 3) continue;
    const from = midnight + Math.floor((9 + 8 * random()) * HOUR);
    jobs.push({ name: "deploy", from, to: from + DEPLOY.seconds });
  }
  return jobs.sort((a, b) => a.from - b.from);
}

const loadOf = (name: string): number =>
  dailyJobs.find((job) => job.name === name)?.cpu ?? (name === "hourly" ? HOURLY.cpu : DEPLOY.cpu);

const clamp = (value: number): number => Math.min(100, Math.max(0, value));

/**
 * The host's CPU utilization in percent, as a collector measures it: the mean over each interval.
 * @returns one sample an interval, from START_MS on
 */
export function* hostSamples(
  kind: HostKind,
  { days, seed, intervalSeconds }: { days: number; seed: number; intervalSeconds: number },
  faults: readonly Fault[],
): Generator<number> {
  const normal = normalFrom(seed);
  const random = randomFrom(seed + 1);
  const jobs = jobsOf(days, seed);
  let nextJob = 0;
  let running: { to: number; cpu: number }[] = [];
  let nextFault = 0;
  let fault: Fault | undefined;
  let sway = 0;
  let burst = 0;
  let base = 0;
  let sum = 0;
  let stuckAt: number | undefined;
  for (let second = 0; second < days * DAY_SECONDS; second++) {
    for (let job = jobs[nextJob]; job && job.from <= second; job = jobs[++nextJob])
      running.push({ to: job.to, cpu: loadOf(job.name) });
    if (running.length > 0) running = running.filter(({ to }) => to > second);
    if (fault && fault.to <= second) fault = undefined;
    if (faults[nextFault]?.from === second) fault = faults[nextFault++];
    const day = Math.floor(second / DAY_SECONDS);
    let traffic = 0;
    if (kind !== "idle") {
      const ofDay = second % DAY_SECONDS;
      traffic = fault?.traffic ? fault.traffic(ofDay) : trafficAt(ofDay);
      if (kind === "weekend" && isWeekend(day)) traffic *= 0.4;
      sway = 0.998 * sway + 0.063 * 0.08 * normal();
      burst = random() < 0.01 ? 0.2 + 0.4 * random() : 0.5 * burst;
      traffic *= 1 + sway + burst;
    } else {
      base = 0.9 * base + 0.3 * normal();
      const draw = random();
      traffic = base / 2 + (draw < 0.01 ? 3 + 5 * random() : draw < 0.012 ? 8 + 8 * random() : 0);
    }
    let demand = 2 + traffic + (0.7 + 0.05 * traffic) * normal() + (fault?.cpu ?? 0);
    for (const { cpu } of running) demand += cpu * (1 + 0.1 * normal());
    // /proc/stat counts in hundredths of a second.
    sum += Math.round(clamp(demand) * CORES) / CORES;
    if ((second + 1) % intervalSeconds !== 0) continue;
    const mean = sum / intervalSeconds;
    sum = 0;
    stuckAt = fault?.isStuck ? (stuckAt ?? mean) : undefined;
    yield stuckAt ?? mean;
  }
}
