// How often a busy but normal day wakes somebody, and whether a fault still does:
// npm run bench:pages
import { adaptiveDefaults } from "@outliers/detection/adaptive";
import { AdaptiveSeries } from "@outliers/detection/adaptive-series";
import { sigma } from "@outliers/detection/sigma";
import { type Fault, faults, type HostSample, hostDay } from "./day.ts";
import { type AlertRule, atOnce, hostRules, pages } from "./rule.ts";

const DAYS = 10;
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

/** Its flags by second and series, without faults and with them. */
type Day = { normal: boolean[][]; faulty: boolean[][] };

/** Takes a series' values second by second and says of each whether it is flagged. */
type Flagger = (second: number, value: number) => boolean;

function adaptive(): Flagger {
  const series = new AdaptiveSeries({ ...adaptiveDefaults, minDeviation: MIN_DEVIATION });
  return (second, value) => series.update(second * 1000, value).isOutlier;
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

function flagsOf(create: () => Flagger, seed: number, injected: readonly Fault[]): boolean[][] {
  const flaggers = NAMES.map(create);
  return Array.from(hostDay(seed, injected), (sample, second) =>
    NAMES.map((name, at) => flaggers[at]?.(second, sample[name]) ?? false),
  );
}

const methods = [
  { name: "2σ rule", create: twoSigma },
  { name: "adaptive", create: adaptive },
];
const alerts = [
  { name: "an alert on the flag", rules: atOnce },
  { name: "our alerts", rules: hostRules },
];
const seeds = Array.from({ length: DAYS }, (_, day) => day + 1);

function line(method: string, alert: string, rules: readonly AlertRule[], days: Day[]): string {
  const counts = days.map(({ normal }) => pages(normal, rules).length);
  const mean = counts.reduce((sum, count) => sum + count, 0) / DAYS;
  const pagedAt = days.map(({ faulty }) => pages(faulty, rules));
  const found = faults.map(
    ({ fromSecond, seconds }) =>
      pagedAt.filter((times) => times.some((at) => at >= fromSecond && at < fromSecond + seconds))
        .length,
  );
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `| ${method}, ${alert} | ${mean.toFixed(1)} (${least} to ${most}) | ${found.join(" | ")} |\n`;
}

process.stdout.write(
  `${DAYS} simulated days of a busy host, ${NAMES.length} series at 1 s: pages on a normal day, and\n` +
    "on how many days somebody is paged while each fault lasts\n\n" +
    `| | pages a day | ${faults.map(({ name }) => name).join(" | ")} |\n` +
    `|---|---|${faults.map(() => "---|").join("")}\n`,
);
for (const { name, create } of methods) {
  const days = seeds.map((seed) => ({
    normal: flagsOf(create, seed, []),
    faulty: flagsOf(create, seed, faults),
  }));
  for (const alert of alerts) process.stdout.write(line(name, alert.name, alert.rules, days));
}
