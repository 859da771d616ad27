// Fifty simulated hosts over two weeks and two days, some of which fail after the two weeks.
import { randomFrom } from "@outliers/testing/random";
import { type HostFault, type HostSample, SimulatedHost } from "@outliers/testing/simulated-host";

export const HOSTS = 50;
export const STEP_MS = 60_000;
export const DAY_STEPS = 1440;
/** As much as the collector reads. */
export const PAST_STEPS = 14 * DAY_STEPS;
export const LIVE_STEPS = 2 * DAY_STEPS;
const MONDAY_MS = Date.UTC(2026, 2, 2);
/** What a burst leaves behind still belongs to it. */
const BURST_TAIL_STEPS = 20;

export const metrics = [
  "latencySeconds",
  "cpuPercent",
  "memoryUsedPercent",
  "requestsPerSecond",
] as const satisfies (keyof HostSample)[];
export type Metric = (typeof metrics)[number];

const leak = (percentPerHour: number): HostFault => ({ leakPercentPerMinute: percentPerHour / 60 });

/** What goes wrong on one host each, and in which of its series it shows: in all, if none is named. */
export const faults: readonly { name: string; fault: HostFault; metric?: Metric }[] = [
  { name: "latency doubles", fault: { latencyFactor: 2 }, metric: "latencySeconds" },
  { name: "latency rises by half", fault: { latencyFactor: 1.5 }, metric: "latencySeconds" },
  { name: "CPU stands still", fault: { isCpuStuck: true }, metric: "cpuPercent" },
  { name: "memory leaks 1 % an hour", fault: leak(1), metric: "memoryUsedPercent" },
  { name: "memory leaks 6 % an hour", fault: leak(6), metric: "memoryUsedPercent" },
  { name: "host vanishes", fault: { isGone: true } },
];

export type Simulated = {
  timeOf: (step: number) => number;
  stepAt: (timeMs: number) => number;
  /** By metric, then by host: the value of each step, NaN if there is none. */
  values: ReadonlyMap<string, readonly Float64Array[]>;
};

export type Fleet = Simulated & {
  /** The first faulty step of each fault; the first fault is that of the first host, and so on. */
  failsAt: readonly number[];
  /** Whether there has just been a burst of requests. */
  isAfterBurst: (host: number, step: number) => boolean;
};

export const hostName = (host: number): string => `web-${String(host + 1).padStart(2, "0")}`;

/** @param seed everything follows from it, even the day of the week */
export function simulateFleet(seed: number): Fleet {
  const random = randomFrom(1000 * seed + 1);
  const steps = PAST_STEPS + LIVE_STEPS;
  const fromMinute = (seed % 7) * DAY_STEPS;
  const startMs = MONDAY_MS + fromMinute * STEP_MS;
  const values = new Map<Metric, Float64Array[]>();
  for (const metric of metrics)
    values.set(
      metric,
      Array.from({ length: HOSTS }, () => new Float64Array(steps).fill(Number.NaN)),
    );
  // At any time of the first day that nobody has seen yet.
  const failsAt = faults.map(() => PAST_STEPS + 1 + Math.floor(random() * (DAY_STEPS - 1)));
  const bursts: number[][] = [];
  for (let host = 0; host < HOSTS; host++) {
    const simulated = new SimulatedHost({ seed: 1000 * seed + 10 * host + 7, fromMinute });
    const ofHost: number[] = [];
    bursts.push(ofHost);
    for (let step = 0; step < steps; step++) {
      if (failsAt[host] === step) simulated.fail(faults[host]?.fault ?? {});
      const sample = simulated.next();
      if (simulated.isBurst) ofHost.push(step);
      for (const metric of metrics)
        if (sample) values.get(metric)?.[host]?.fill(sample[metric], step, step + 1);
    }
  }
  return {
    timeOf: (step) => startMs + step * STEP_MS,
    stepAt: (timeMs) => (timeMs - startMs) / STEP_MS,
    values,
    failsAt,
    isAfterBurst: (host, step) =>
      bursts[host]?.some((burst) => burst <= step && burst > step - BURST_TAIL_STEPS) ?? false,
  };
}
