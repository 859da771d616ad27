// Judges a recording of bench:record by each method: npm run bench:cpu [-- --record DIR]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Adaptive, adaptiveDefaults } from "@outliers/detection/adaptive";
import { mad } from "@outliers/detection/mad";
import type { WindowMethod } from "@outliers/detection/method";
import { sigma } from "@outliers/detection/sigma";
import { randomFrom } from "@outliers/testing/random";
import { z } from "zod";
import { load } from "./loads.ts";

/** A load counts when it is this long, and as found when it is flagged within so many seconds. */
const LEAST_SECONDS = 3;
const WITHIN_SECONDS = 3;
/** The blocks that a day is drawn from the idle part in: what depends within a minute stays. */
const BLOCK = 60;
const DAY = 86_400;
const WARM_UP = 100;
/** What the collector sends of a series for a method without memory, and what it asks for. */
const WINDOW = 300;
const MIN_DEVIATION = 2;

/** Says of each value in turn whether it is an outlier. */
type Judge = (value: number) => boolean;

const options = { ...adaptiveDefaults, threshold: 0, minDeviation: MIN_DEVIATION };

function adaptive(): Judge {
  const series = new Adaptive(options);
  let timeMs = 0;
  return (value) => {
    timeMs += 1000;
    return series.update(timeMs, value).isOutlier;
  };
}

const windowed = (method: WindowMethod, minDeviation: number) => (): Judge => {
  const window: number[] = [];
  return (value) => {
    window.push(value);
    if (window.length > WINDOW) window.shift();
    const { outliers } = method.judge(Float64Array.from(window), { ...options, minDeviation });
    return outliers.at(-1) === window.length - 1;
  };
};

const judges: readonly { name: string; create: () => Judge }[] = [
  { name: "adaptive", create: adaptive },
  { name: "sigma", create: windowed(sigma, MIN_DEVIATION) },
  { name: "mad", create: windowed(mad, MIN_DEVIATION) },
  { name: "the plain 2σ rule", create: windowed(sigma, 0) },
];

/** Moving-block bootstrap. @see Künsch (1989), doi:10.1214/aos/1176347265 */
function bootstrapped(values: readonly number[], length: number): number[] {
  const random = randomFrom(1);
  const drawn: number[] = [];
  while (drawn.length < length) {
    const from = Math.floor(random() * (values.length - BLOCK));
    drawn.push(...values.slice(from, from + BLOCK));
  }
  return drawn.slice(0, length);
}

/** Runs of outliers: what is within WARM_UP samples of the last alarm's start belongs to it. */
function alarmsIn(flags: readonly boolean[]): number {
  let alarms = 0;
  let since = Number.POSITIVE_INFINITY;
  for (const isFlagged of flags) {
    since += 1;
    if (!isFlagged || since <= WARM_UP) continue;
    alarms += 1;
    since = 0;
  }
  return alarms;
}

const { record } = parseArgs({
  options: { record: { type: "string", default: join(import.meta.dirname, "recording") } },
}).values;
const [, ...rows] = readFileSync(join(record, "cpu.csv"), "utf8").trim().split("\n");
const values = rows.map((row) => Number(row.split(",")[1]));
const loads = z.array(load).parse(JSON.parse(readFileSync(join(record, "loads.json"), "utf8")));
const counted = loads.filter(({ seconds }) => seconds >= LEAST_SECONDS);
const firstLoad = Math.min(...loads.map(({ at }) => at));
const day = bootstrapped(values.slice(WARM_UP, firstLoad), DAY);

process.stdout.write(
  `${firstLoad} s idle, then ${counted.length} loads of at least ${LEAST_SECONDS} s\n\n` +
    `| method | loads flagged within ${WITHIN_SECONDS} s | idle day: alarms an hour | samples an hour |\n|---|---|---|---|\n`,
);
for (const { name, create } of judges) {
  const flags = values.map(create());
  const found = counted.filter(({ at }) => flags.slice(at, at + WITHIN_SECONDS).includes(true));
  const dayFlags = day.map(create());
  const alarms = (alarmsIn(dayFlags) / 24).toFixed(2);
  const samples = (dayFlags.filter(Boolean).length / 24).toFixed(1);
  process.stdout.write(
    `| ${name} | ${found.length} of ${counted.length} | ${alarms} | ${samples} |\n`,
  );
}
