// What goes wrong on a simulated host: one fault on each working day from the second week on.
import { randomFrom } from "@outliers/testing/random";
import { DAY_SECONDS, type HostKind, isWeekend, type Span, trafficAt } from "./host.ts";

const HOUR = 3600;
export const FIRST_FAULT_DAY = 7;

export type Fault = Span & {
  /** Added to the demand, in percent of all cores. */
  cpu?: number;
  /** The demand of requests instead of the usual one, by the second of the day. */
  traffic?: (second: number) => number;
  /** The value stands still. */
  isStuck?: boolean;
};

/** A kind of fault: between which hours it begins, how long it lasts, what it does. */
type Kind = Omit<Fault, "from" | "to"> & { hours: readonly [number, number]; seconds: number };

const everywhere: readonly Kind[] = [
  { name: "all cores busy", hours: [5, 23], seconds: 600, cpu: 100 },
  { name: "nightly load by day", hours: [9, 18], seconds: 1200, cpu: 20 },
  { name: "value stands still", hours: [8, 20], seconds: 1800, isStuck: true },
];
const ofTraffic: readonly Kind[] = [
  { name: "drop at noon", hours: [11, 14], seconds: HOUR, traffic: () => trafficAt(4 * HOUR) },
  { name: "surge at night", hours: [3, 4.9], seconds: HOUR, traffic: () => trafficAt(12 * HOUR) },
  {
    name: "missing peak",
    hours: [9.5, 10.5],
    seconds: 2.5 * HOUR,
    traffic: () => trafficAt(8 * HOUR),
  },
  { name: "half the traffic", hours: [10, 19], seconds: HOUR, traffic: (at) => trafficAt(at) / 2 },
];

/** The faults of a host, in order of time. */
export function faultsOf(kind: HostKind, days: number, seed: number): Fault[] {
  const random = randomFrom(seed + 4242);
  const kinds = kind === "idle" ? everywhere : [...everywhere, ...ofTraffic];
  const faults: Fault[] = [];
  let pool: Kind[] = [];
  for (let day = FIRST_FAULT_DAY; day < days; day++) {
    if (isWeekend(day)) continue;
    if (pool.length === 0) pool = [...kinds];
    const [next] = pool.splice(Math.floor(random() * pool.length), 1);
    if (!next) continue;
    const { hours, seconds, ...fault } = next;
    const [first, last] = hours;
    // Not while an hourly job runs.
    const hour = first + random() * (last - first);
    const from = day * DAY_SECONDS + 60 * Math.round(hour * 60) + 120;
    faults.push({ ...fault, from, to: from + seconds });
  }
  return faults;
}
