import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { randomFrom } from "@outliers/testing/random";
import { START } from "./support/data.ts";
import { MAIN } from "./support/run.ts";

function* csv(rows: number): Generator<string> {
  const random = randomFrom(1);
  yield "time,value\n";
  const lines: string[] = [];
  for (let at = 0; at < rows; at++) {
    lines.push(`${START + at},${(10 * random()).toFixed(3)}\n`);
    if (lines.length === 2000) yield lines.splice(0).join("");
  }
  yield lines.join("");
}

const TELL = `data:text/javascript,process.on("exit",()=>console.error("maxRSS",process.resourceUsage().maxRSS))`;

/** The most memory that the program had for so many rows, in KiB. */
async function memoryFor(rows: number, args: readonly string[]): Promise<number> {
  // A small nursery: garbage that nobody has looked at yet is not what is measured.
  const options = ["--max-semi-space-size=2", "--import", TELL];
  const child = spawn(process.execPath, [...options, MAIN, ...args, "-"]);
  const stderr = text(child.stderr);
  const stdout = text(child.stdout);
  await pipeline(Readable.from(csv(rows)), child.stdin);
  await once(child, "exit");
  const total = rows.toLocaleString("en");
  assert.ok(`${await stdout}${await stderr}`.includes(`${total} samples`));
  return Number(/maxRSS (\d+)/.exec(await stderr)?.[1]);
}

for (const [few, many, args] of [
  [200_000, 2_000_000, ["detect"]],
  [100_000, 400_000, ["backtest", "--plot", "/dev/null"]],
] as const) {
  test(`${args[0]} needs no more memory for ${many} rows than for ${few}`, async () => {
    const less = await memoryFor(few, args);
    const more = await memoryFor(many, args);
    assert.ok(more < 1.5 * less, `${less} KiB, then ${more} KiB`);
  });
}
