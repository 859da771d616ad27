// How fast the services are, beside others: npm run bench -- [--seconds N] [--only PART]
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { collector } from "./collector.ts";
import { fairness } from "./fairness.ts";
import { overload } from "./overload.ts";
import { startCollector, startDetector } from "./services.ts";
import { start } from "./start.ts";
import { streaming } from "./streaming.ts";
import { unary } from "./unary.ts";

const parts = { unary, stream: streaming, overload, fairness, collector, start };
const names = Object.keys(parts).join("|");

const { seconds: secondsText, only } = parseArgs({
  options: { seconds: { type: "string", default: "3" }, only: { type: "string" } },
}).values;
const seconds = Number(secondsText);
const chosen = Object.entries(parts).filter(([name]) => only === undefined || name === only);
if (!(seconds >= 1) || chosen.length === 0) {
  process.stderr.write(
    `usage: npm run bench -- [--seconds N] [--only ${names}]\n` +
      "  N is how long a server's turn takes, at least 1, and 3 if not given;\n" +
      "  the collector is watched for 20 times as long\n",
  );
  process.exit(1);
}

const print = (text: string): void => void process.stdout.write(text);
const date = new Date().toISOString().slice(0, 10);
print(`${date}, ${availableParallelism()} cores: ${cpus()[0]?.model}, Node ${process.version}\n\n`);
// Leaves what it compiled, for all that follow.
{
  await using detector = await startDetector();
  await using _ = await startCollector(detector.address);
}
for (const [, part] of chosen) await part(seconds, print);
