// Like hosts behind one load balancer, to which new ones are added, some of which are slow: how often
// they are called outliers, and how soon the slow ones, with and without peers:
// npm run bench:group [-- --seeds 1,2]
import { parseArgs } from "node:util";
import { normalFrom, randomFrom } from "@outliers/testing/random";
import { startDetector } from "../speed/services.ts";
import { median, table } from "../speed/table.ts";
import { DAY_STEPS, hostName, PAST_STEPS, type Simulated, STEP_MS } from "./fleet.ts";
import { keyOf, watch } from "./watch.ts";

const LIVE_STEPS = DAY_STEPS;
const NEW = 5;
const SLOW = 5;
const SLOWER = 1.5;
/** In how far one host differs from the next, and one minute from the next. */
const SPREAD = { hosts: 0.05, minutes: 0.08, traffic: 0.06 };
const KEPT = { minutes: 0.8, traffic: 0.98 };
const METRIC = "latencySeconds";

type Group = Simulated & { /** The first step of each host. */ startsAt: readonly number[] };

/** The latency of hosts that share the traffic: first the members, then the new ones, then the slow ones. */
function simulateGroup(seed: number, members: number): Group {
  const random = randomFrom(1000 * seed + 3);
  // The first numbers of neighbouring seeds are alike.
  for (let n = 0; n < 10; n++) random();
  const normal = normalFrom(1000 * seed + 4);
  const steps = PAST_STEPS + LIVE_STEPS;
  const traffic = new Float64Array(steps);
  let drift = normal();
  for (let step = 0; step < steps; step++) {
    drift = KEPT.traffic * drift + Math.sqrt(1 - KEPT.traffic ** 2) * normal();
    const byTime = 0.6 + 0.4 * Math.cos(2 * Math.PI * (step / DAY_STEPS - 0.6));
    const isWeekend = Math.floor(step / DAY_STEPS) % 7 >= 5;
    traffic[step] = byTime * (isWeekend ? 0.6 : 1) * (1 + SPREAD.traffic * drift);
  }
  const startsAt: number[] = [];
  const hosts = Array.from({ length: members + NEW + SLOW }, (_, host) => {
    const startAt = host < members ? 0 : PAST_STEPS + 30 + Math.floor((random() * LIVE_STEPS) / 2);
    startsAt.push(startAt);
    const own = (1 + SPREAD.hosts * normal()) * (host < members + NEW ? 1 : SLOWER);
    let state = normal();
    return Float64Array.from(traffic, (share, step) => {
      state = KEPT.minutes * state + Math.sqrt(1 - KEPT.minutes ** 2) * normal();
      if (step < startAt) return Number.NaN;
      return 0.1 * own * (1 + 0.5 * share ** 2) * Math.exp(SPREAD.minutes * state);
    });
  });
  return {
    timeOf: (step) => step * STEP_MS,
    stepAt: (timeMs) => timeMs / STEP_MS,
    values: new Map([[METRIC, hosts]]),
    startsAt,
  };
}

const { values: given } = parseArgs({
  options: { seeds: { type: "string", default: "1,2,3,4,5" } },
});
const seeds = given.seeds.split(",").map(Number);
await using detector = await startDetector();

/** A row of the table: a group of so many members, with one policy. */
async function measure(members: number, name: string, policy: object): Promise<string[]> {
  const events = { members: 0, new: 0 };
  const days = { members: 0, new: 0 };
  const delays: number[] = [];
  for (const seed of seeds) {
    const group = simulateGroup(seed, members);
    const policies = { [METRIC]: { direction: "up", ...policy } };
    const findings = await watch(group, policies, LIVE_STEPS, detector.address);
    for (const [host, startAt] of group.startsAt.entries()) {
      const found = findings.get(keyOf(METRIC, hostName(host))) ?? [];
      if (host < members + NEW) {
        const kind = host < members ? "members" : "new";
        events[kind] += found.filter(({ phase }) => phase === "begins").length;
        days[kind] += (PAST_STEPS + LIVE_STEPS - Math.max(startAt, PAST_STEPS)) / DAY_STEPS;
      } else if (found[0]) delays.push(group.stepAt(found[0].timeMs) - startAt + 1);
    }
  }
  return [
    `${members} members, ${name}`,
    (events.members / days.members).toFixed(2),
    (events.new / days.new).toFixed(2),
    `${delays.length} of ${SLOW * seeds.length}`,
    String(median(delays)),
    String(Math.max(...delays)),
  ];
}

const rows: string[][] = [];
for (const members of [20, 6]) {
  rows.push(await measure(members, "by their peers", { peers: {} }));
  rows.push(await measure(members, "each by itself", {}));
}
process.stdout.write(
  `Like hosts, to which ${NEW} are added in a day, and ${SLOW} with ${SLOWER} times the latency; seeds ${given.seeds}\n\n`,
);
process.stdout.write(
  table(
    [
      "group",
      "false events per member and day",
      "per new one and day",
      "slow ones found",
      "samples, median",
      "at most",
    ],
    rows,
  ),
);
