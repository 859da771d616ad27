// Counts the false alarms that the adaptive method raises on simulated series, at 1 s, and the
// loads that it finds on a simulated host: npm run bench:sensitivity
import { Adaptive, adaptiveDefaults } from "@outliers/detection/adaptive";
import { normalFrom, randomFrom } from "@outliers/testing/random";

const DAY = 86_400;
const DAYS = 11;

/** An idle host's CPU in percent, in steps of 0.5, with blips and now and then a larger one. */
function idleCpu(seed: number): () => number {
  const normal = normalFrom(seed);
  const random = randomFrom(seed + 1);
  let base = 0;
  return () => {
    base = 0.9 * base + 0.3 * normal();
    const draw = random();
    const blip = draw < 0.01 ? 3 + 5 * random() : draw < 0.012 ? 8 + 8 * random() : 0;
    const value = 2 + base / 2 + Math.abs(normal()) / 2 + blip;
    return Math.max(0, Math.round(value * 2) / 2);
  };
}

const kinds: { name: string; create: (seed: number) => () => number }[] = [
  { name: "normal", create: normalFrom },
  { name: "uniform", create: randomFrom },
  { name: "idle CPU", create: idleCpu },
  {
    name: "lognormal",
    create: (seed) => {
      const normal = normalFrom(seed);
      return () => Math.exp(normal());
    },
  },
  {
    name: "AR(1), 0.95",
    create: (seed) => {
      const normal = normalFrom(seed);
      let state = 0;
      return () => {
        state = 0.95 * state + normal();
        return state;
      };
    },
  },
];

/** Alarms of each day. */
function alarmsByDay(sensitivity: number, next: () => number): number[] {
  const series = new Adaptive({ ...adaptiveDefaults, sensitivity });
  return Array.from({ length: DAYS }, (_, day) => {
    let alarms = 0;
    for (let second = day * DAY; second < (day + 1) * DAY; second++) {
      if (series.update(second * 1000, next()).event === "begins") alarms += 1;
    }
    return alarms;
  });
}

/** The loads of an hour: each lasts so many seconds at so many percent. */
const LOADS = [
  { seconds: 3, percent: 50 },
  { seconds: 5, percent: 100 },
  { seconds: 10, percent: 50 },
  { seconds: 30, percent: 100 },
  { seconds: 4, percent: 75 },
  { seconds: 20, percent: 50 },
  { seconds: 8, percent: 100 },
  { seconds: 15, percent: 75 },
];

/** How many of the loads are flagged within 3 s, after half an hour of idling. */
function loadsFound(seed: number): number {
  const next = idleCpu(seed);
  const series = new Adaptive(adaptiveDefaults);
  let timeMs = 0;
  const update = (load = 0) => {
    timeMs += 1000;
    return series.update(timeMs, Math.min(100, next() + load));
  };
  for (let second = 0; second < 1800; second++) update();
  return LOADS.filter(({ seconds, percent }) => {
    let isFound = false;
    for (let second = 0; second < 450; second++) {
      const { isOutlier } = update(second < seconds ? percent : 0);
      isFound ||= isOutlier && second < 3;
    }
    return isFound;
  }).length;
}

process.stdout.write("| series | asked | day 1 | days 2 to 11, a day |\n|---|---|---|---|\n");
for (const { name, create } of kinds) {
  for (const asked of [0.1, 1, 10]) {
    const [first = 0, ...later] = alarmsByDay(asked, create(7));
    const mean = later.reduce((sum, alarms) => sum + alarms, 0) / later.length;
    process.stdout.write(`| ${name} | ${asked} | ${first} | ${mean.toFixed(1)} |\n`);
  }
}
const found = Array.from({ length: 20 }, (_, seed) => loadsFound(seed + 1));
const total = found.reduce((sum, one) => sum + one, 0);
process.stdout.write(`\nloads flagged within 3 s: ${total} of ${found.length * LOADS.length}\n`);
