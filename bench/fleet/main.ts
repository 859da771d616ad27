// How soon a collector finds what goes wrong on one of fifty simulated hosts, and how often it reports
// something else: npm run bench:fleet [-- --seeds 1,2 --detail]
import { parseArgs } from "node:util";
import { startDetector } from "../speed/services.ts";
import { median, table } from "../speed/table.ts";
import {
  DAY_STEPS,
  type Fleet,
  faults,
  HOSTS,
  hostName,
  LIVE_STEPS,
  type Metric,
  metrics,
  PAST_STEPS,
  simulateFleet,
} from "./fleet.ts";
import { type Findings, type Found, keyOf, watch } from "./watch.ts";

const { values: given } = parseArgs({
  options: {
    seeds: { type: "string", default: "1,2,3,4,5,6,7,8,9,10" },
    detail: { type: "boolean", default: false },
  },
});

/** As the presets have it. */
const policies: Record<Metric, object> = {
  latencySeconds: { direction: "up", min_deviation: { absolute: 0.005, relative: 0.2 } },
  cpuPercent: { min_deviation: { absolute: 2 }, range: { min: 0, max: 100 } },
  memoryUsedPercent: { min_deviation: { absolute: 2 }, range: { min: 0, max: 100 } },
  requestsPerSecond: { min_deviation: { absolute: 0.05, relative: 0.1 }, range: { min: 0 } },
};

type Outcome = {
  /** By fault: how many samples it took, the first faulty one included. */
  delays: number[][];
  /** Of the faults that grow: by how much of its usual range the series had risen then. */
  shares: number[][];
  /** By metric: events that are no fault's, in bursts of requests and at other times. */
  inBursts: Map<Metric, number>;
  others: Map<Metric, number>;
};

const outcome: Outcome = {
  delays: faults.map(() => []),
  shares: faults.map(() => []),
  inBursts: new Map(metrics.map((metric) => [metric, 0])),
  others: new Map(metrics.map((metric) => [metric, 0])),
};

/** Of what was found in a series, what its fault accounts for, and the events that it doesn't. */
function sorted(fleet: Fleet, host: number, metric: Metric, found: readonly Found[]) {
  const fault = faults[host];
  const isFaulty = fault !== undefined && (fault.metric ?? metric) === metric;
  const failsAt = isFaulty ? (fleet.failsAt[host] ?? 0) : Number.POSITIVE_INFINITY;
  const isDue = ({ timeMs }: Found): boolean => fleet.stepAt(timeMs) >= failsAt;
  return {
    due: found.filter(isDue),
    events: found.filter((one) => one.phase === "begins" && !isDue(one)),
  };
}

function count(fleet: Fleet, findings: Findings): void {
  for (let host = 0; host < HOSTS; host++) {
    const failsAt = fleet.failsAt[host] ?? 0;
    let foundAt = Number.POSITIVE_INFINITY;
    for (const metric of metrics) {
      const found = findings.get(keyOf(metric, hostName(host))) ?? [];
      const { due, events } = sorted(fleet, host, metric, found);
      for (const { timeMs, reason } of events) {
        const kind = fleet.isAfterBurst(host, fleet.stepAt(timeMs)) ? "inBursts" : "others";
        outcome[kind].set(metric, (outcome[kind].get(metric) ?? 0) + 1);
        print(`${new Date(timeMs).toISOString()} ${hostName(host)} ${metric} ${kind}: ${reason}`);
      }
      foundAt = Math.min(foundAt, ...due.map(({ timeMs }) => fleet.stepAt(timeMs)));
    }
    const { name, fault, metric } = faults[host] ?? {};
    if (!fault || foundAt === Number.POSITIVE_INFINITY) continue;
    const delay = foundAt - failsAt + 1;
    outcome.delays[host]?.push(delay);
    print(`${name}: found after ${delay} samples`);
    const past = metric && fleet.values.get(metric)?.[host]?.subarray(0, PAST_STEPS);
    if (!past || !fault.leakPercentPerMinute) continue;
    const range = past.reduce((a, b) => Math.max(a, b)) - past.reduce((a, b) => Math.min(a, b));
    outcome.shares[host]?.push((delay * fault.leakPercentPerMinute) / range);
  }
}

function print(line: string): void {
  if (given.detail) process.stdout.write(`${line}\n`);
}

const seeds = given.seeds.split(",").map(Number);
await using detector = await startDetector();
for (const seed of seeds) {
  const fleet = simulateFleet(seed);
  count(fleet, await watch(fleet, policies, LIVE_STEPS, detector.address));
}

const figure = (value: number): string => (Number.isFinite(value) ? String(value) : "");
process.stdout.write(
  `${HOSTS} hosts, ${LIVE_STEPS / DAY_STEPS} days at 1m after ${PAST_STEPS / DAY_STEPS} days; seeds ${given.seeds}\n\n`,
);
process.stdout.write(
  table(
    ["fault of one host", "found", "samples, median", "at most", "of the usual range"],
    faults.map(({ name }, at) => {
      const [delays = [], shares = []] = [outcome.delays[at], outcome.shares[at]];
      return [
        name,
        `${delays.length} of ${seeds.length}`,
        figure(median(delays)),
        figure(Math.max(...delays)),
        shares.length === 0
          ? ""
          : `${median(shares).toFixed(2)}, at most ${Math.max(...shares).toFixed(2)}`,
      ];
    }),
  ),
);
const seriesDays = (seeds.length * HOSTS * LIVE_STEPS) / DAY_STEPS;
process.stdout.write(
  table(
    ["false events per series and day, asked 0.1", "in bursts", "others"],
    metrics.map((metric) => [
      metric,
      ((outcome.inBursts.get(metric) ?? 0) / seriesDays).toFixed(3),
      ((outcome.others.get(metric) ?? 0) / seriesDays).toFixed(3),
    ]),
  ),
);
