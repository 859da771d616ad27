// Records this host's CPU each second, with known loads at the end: npm run bench:record -- --out DIR
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "@outliers/collector/clock";
import { procCpu } from "@outliers/collector/sources/proc-cpu";
import { ticks } from "@outliers/collector/ticks";
import { type Load, schedule } from "./loads.ts";

const { out, idle, spacing } = parseArgs({
  options: {
    out: { type: "string" },
    idle: { type: "string", default: "900" },
    spacing: { type: "string", default: "60" },
  },
}).values;
if (out === undefined) {
  process.stderr.write(
    "usage: npm run bench:record -- --out DIR [--idle SECONDS] [--spacing SECONDS]\n" +
      "  leave the host alone meanwhile: what you do counts as idle\n",
  );
  process.exit(1);
}

const loads = schedule(Number(idle), Number(spacing), availableParallelism());
const samples = Number(idle) + loads.length * Number(spacing);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "loads.json"), `${JSON.stringify(loads, null, 2)}\n`);
const csv = createWriteStream(join(out, "cpu.csv"));

function start({ cores, seconds, percent }: Load): void {
  const burn = join(import.meta.dirname, "burn.ts");
  for (let core = 0; core < cores; core++) {
    spawn(process.execPath, [burn, String(seconds), String(percent)], { stdio: "inherit" });
  }
}

const { signal } = new AbortController();
const series = { direction: "both", intervalMs: 1000, minDeviation: undefined } as const;
const source = procCpu("/proc", false, series);
await source.read(signal);
let sample = 0;
for await (const { timeMs } of ticks(1000, systemClock, signal)) {
  const readings = await source.read(signal);
  if (sample === 0) csv.write(`time,${readings.map(({ series: { name } }) => name).join(",")}\n`);
  const values = readings.map(({ value }) => value.toFixed(3));
  csv.write(`${new Date(timeMs).toISOString()},${values.join(",")}\n`);
  sample += 1;
  if (sample > samples) break;
  // Its first sample is the one after this.
  for (const load of loads) if (load.at === sample) start(load);
}
csv.end();
