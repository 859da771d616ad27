// How far the services go: npm run bench:scale -- [--only PART]
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { failover } from "./failover.ts";
import { memory } from "./memory.ts";
import { reconnect } from "./reconnect.ts";
import { sizes } from "./sizes.ts";
import { spread } from "./spread.ts";

const parts = { failover, reconnect, memory, sizes, spread };
const names = Object.keys(parts).join("|");

const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
const chosen = Object.entries(parts).filter(([name]) => only === undefined || name === only);
if (chosen.length === 0) {
  process.stderr.write(`usage: npm run bench:scale -- [--only ${names}]\n`);
  process.exit(1);
}

const print = (text: string): void => void process.stdout.write(text);
const date = new Date().toISOString().slice(0, 10);
const load = loadavg()[0]?.toFixed(1);
print(
  `${date}, ${availableParallelism()} cores: ${cpus()[0]?.model}, Node ${process.version}, load ${load}\n\n`,
);
for (const [, part] of chosen) await part(print);
