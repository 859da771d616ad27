// How often three weeks of a busy host wake somebody, why, and whether faults do:
// npm run bench:pages [-- --seeds 1,2]
import { parseArgs } from "node:util";
import { Adaptive, adaptiveDefaults } from "@outliers/detection/adaptive";
import { sigma } from "@outliers/detection/sigma";
import { faults, type HostSample, hostWeeks, jobs } from "./host.ts";
import { type AlertRule, atOnce, hostRules, pages } from "./rule.ts";

const DAYS = 21;
const DAY_SECONDS = 86_400;
/** Monday. */
const START_MS = Date.UTC(2026, 2, 2);
/** What a job or a fault leaves behind is its own. */
const TAIL_SECONDS = 900;
/** The collector's defaults. */
const MIN_DEVIATION = 2;
const WINDOW = 300;
const MIN_SAMPLES = 30;
const NAMES = [
  "cpu_utilization_percent",
  "cpu_user_percent",
  "cpu_system_percent",
  "cpu_iowait_percent",
  "cpu_steal_percent",
  "load1",
  "memory_used_percent",
] as const satisfies (keyof HostSample)[];

/** Takes a series' values second by second and says of each whether it is flagged. */
type Flagger = (second: number, value: number) => boolean;

function adaptive(): Flagger {
  const series = new Adaptive({ ...adaptiveDefaults, minDeviation: MIN_DEVIATION });
  return (second, value) => series.update(START_MS + second * 1000, value).isOutlier;
}

function twoSigma(): Flagger {
  const window: number[] = [];
  const options = { ...adaptiveDefaults, threshold: 2, minDeviation: 0 };
  return (_, value) => {
    window.push(value);
    if (window.length > WINDOW) window.shift();
    if (window.length < MIN_SAMPLES) return false;
    return sigma.judge(Float64Array.from(window), options).outliers.at(-1) === window.length - 1;
  };
}

/** By second, a bit for each series. */
function flagsOf(create: () => Flagger, seed: number): Uint8Array {
  const flaggers = NAMES.map(create);
  const flags = new Uint8Array(DAYS * DAY_SECONDS);
  let second = 0;
  for (const sample of hostWeeks(seed, DAYS)) {
    let row = 0;
    for (const [at, name] of NAMES.entries())
      if (flaggers[at]?.(second, sample[name])) row |= 1 << at;
    flags[second] = row;
    second += 1;
  }
  return flags;
}

/** What a page is about: a fault, else the job that was seen last in it, else nothing. */
function causeOf(second: number): string {
  const fault = faults.find(
    ({ fromSecond, seconds }) =>
      second >= fromSecond && second < fromSecond + seconds + TAIL_SECONDS,
  );
  if (fault) return "fault";
  const job = jobs.findLast(({ every, at, seconds }) => {
    return every > 300 && second >= at && (second - at) % every < seconds + TAIL_SECONDS;
  });
  return job?.name ?? "no cause";
}

function line(name: string, flags: Uint8Array, rules: readonly AlertRule[]): string {
  const at = pages(flags, NAMES.length, rules);
  const found = faults.filter(({ fromSecond, seconds }) =>
    at.some((second) => second >= fromSecond && second < fromSecond + seconds + TAIL_SECONDS),
  );
  const missed = faults.filter((fault) => !found.includes(fault)).map((fault) => fault.name);
  const causes = Map.groupBy(at, causeOf);
  const others = [...causes]
    .filter(([cause]) => cause !== "fault" && cause !== "no cause")
    .map(([cause, seconds]) => `${cause} ${seconds.length}`);
  const without = causes.get("no cause")?.length ?? 0;
  const cells = [at.length, others.join(", "), without, `${found.length} of ${faults.length}`];
  return `| ${[name, ...cells, missed.join(", ")].join(" | ")} |\n`;
}

const methods = [
  { name: "2σ rule", create: twoSigma },
  { name: "adaptive", create: adaptive },
];
const alerts = [
  { name: "an alert on the flag", rules: atOnce },
  { name: "our alerts", rules: hostRules },
];
const { values: given } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    methods: { type: "string", default: methods.map(({ name }) => name).join() },
  },
});

process.stdout.write(
  `${DAYS} simulated days of a busy host, ${NAMES.length} series at 1 s, ${faults.length} faults\n\n` +
    "| | pages | in jobs | without a cause | faults paged | missed |\n|---|---|---|---|---|---|\n",
);
for (const seed of given.seeds.split(",").map(Number))
  for (const { name, create } of methods) {
    if (!given.methods.split(",").includes(name)) continue;
    const flags = flagsOf(create, seed);
    for (const alert of alerts)
      process.stdout.write(line(`${name}, ${alert.name}, seed ${seed}`, flags, alert.rules));
  }
