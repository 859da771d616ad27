// What a method said of a simulated host, against what happened there.
import { eventGap } from "@outliers/detection/event";
import { type Fault, FIRST_FAULT_DAY } from "./faults.ts";
import { DAY_SECONDS, type Span } from "./host.ts";

/** What a job or a fault leaves behind still belongs to it. */
const JOB_TAIL = 300;
const FAULT_TAIL = 5400;

export type Outcome = {
  /** Events from the second week on: in jobs, and neither in these nor in faults. */
  inJobs: number;
  outside: number;
  /** Nights on which the backup began an event. */
  nights: number;
  /** By the name of the fault. */
  faults: Map<string, { found: number; all: number }>;
  /** By the name of the job, on all days. */
  jobs: Map<string, number>;
  outsideByDay: number[];
  /** In minutes, of the faults that were found. */
  delays: number[];
};

export function outcomeOf(
  outliers: readonly number[],
  intervalSeconds: number,
  jobs: readonly Span[],
  faults: readonly Fault[],
): Outcome {
  const outcome = sumOf([]);
  const { faults: byFault, jobs: byJob } = outcome;
  let last = Number.NEGATIVE_INFINITY;
  for (const second of outliers) {
    const isBegin = second - last > eventGap(1000 * intervalSeconds) * intervalSeconds;
    last = second;
    if (!isBegin) continue;
    const day = Math.floor(second / DAY_SECONDS);
    const isIn = ({ from, to }: Span, tail: number): boolean =>
      second >= from && second - intervalSeconds <= to + tail;
    if (faults.some((fault) => isIn(fault, FAULT_TAIL))) continue;
    const job = jobs.findLast((one) => isIn(one, JOB_TAIL));
    if (job?.name === "backup") outcome.nights += 1;
    if (job) byJob.set(job.name, (byJob.get(job.name) ?? 0) + 1);
    else outcome.outsideByDay[day] = (outcome.outsideByDay[day] ?? 0) + 1;
    if (day < FIRST_FAULT_DAY) continue;
    if (job) outcome.inJobs += 1;
    else outcome.outside += 1;
  }
  for (const { name, from, to } of faults) {
    const first = outliers.find((second) => second > from && second - intervalSeconds < to);
    const of = byFault.get(name) ?? { found: 0, all: 0 };
    of.all += 1;
    if (first !== undefined) {
      of.found += 1;
      outcome.delays.push((first - from) / 60);
    }
    byFault.set(name, of);
  }
  return outcome;
}

export function sumOf(outcomes: readonly Outcome[]): Outcome {
  const sum: Outcome = {
    inJobs: 0,
    outside: 0,
    nights: 0,
    faults: new Map(),
    jobs: new Map(),
    outsideByDay: [],
    delays: [],
  };
  for (const one of outcomes) {
    sum.inJobs += one.inJobs;
    sum.outside += one.outside;
    sum.nights += one.nights;
    sum.delays.push(...one.delays);
    for (const [name, { found, all }] of one.faults) {
      const of = sum.faults.get(name) ?? { found: 0, all: 0 };
      sum.faults.set(name, { found: of.found + found, all: of.all + all });
    }
    for (const [name, count] of one.jobs) sum.jobs.set(name, (sum.jobs.get(name) ?? 0) + count);
    for (const [day, count] of one.outsideByDay.entries())
      sum.outsideByDay[day] = (sum.outsideByDay[day] ?? 0) + (count ?? 0);
  }
  return sum;
}
