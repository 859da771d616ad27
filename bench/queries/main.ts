// What it costs to watch the series of a Prometheus: npm run bench:queries -- [--only PART]
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { alerts } from "./alerts.ts";
import { backfill } from "./backfill.ts";
import { watch } from "./watch.ts";

const parts = {
  backfill: (folder: string, print: Print) => backfill(folder, 1000, print),
  watch: (folder: string, print: Print) => watch(folder, { series, seconds }, print),
  alerts: (folder: string, print: Print) => alerts(folder, { seconds }, print),
};
const names = Object.keys(parts).join("|");

type Print = (text: string) => void;

const { only, ...numbers } = parseArgs({
  options: {
    only: { type: "string" },
    series: { type: "string", default: "10000" },
    seconds: { type: "string", default: "120" },
  },
}).values;
const [series, seconds] = [Number(numbers.series), Number(numbers.seconds)];
const chosen = Object.entries(parts).filter(([name]) => only === undefined || name === only);
if (chosen.length === 0 || !(series >= 1) || !(seconds >= 1)) {
  process.stderr.write(
    `usage: npm run bench:queries -- [--only ${names}] [--series N] [--seconds N]\n` +
      "  N series are watched, 10000 if not given; each way for so many seconds, 120 if not given\n",
  );
  process.exit(1);
}

const print: Print = (text) => void process.stdout.write(text);
const date = new Date().toISOString().slice(0, 10);
print(`${date}, ${availableParallelism()} cores: ${cpus()[0]?.model}, Node ${process.version}\n\n`);
for (const [, part] of chosen) {
  const folder = mkdtempSync(join(tmpdir(), "outliers-bench-"));
  try {
    await part(folder, print);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
