import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { JOB, METRIC, targetOf, valueAt } from "./series.ts";

export type History = { series: number; days: number; stepSeconds: number; untilSeconds: number };

/** Prometheus' blocks have two hours; promtool reads a file as a whole for each block in it. */
const BLOCK_SECONDS = 7200;
const DAY_SECONDS = 86_400;
const WRITE_CHARACTERS = 1_000_000;

/** Fills a data folder of Prometheus as if it had scraped the series for days. */
export function writeHistory(data: string, { series, days, stepSeconds, untilSeconds }: History) {
  mkdirSync(data, { recursive: true });
  const file = join(data, "history.om");
  let fromSeconds = untilSeconds - days * DAY_SECONDS;
  while (fromSeconds < untilSeconds) {
    const nextBlock = (Math.floor(fromSeconds / BLOCK_SECONDS) + 1) * BLOCK_SECONDS;
    const endSeconds = Math.min(nextBlock, untilSeconds);
    writeBlock(file, series, Math.ceil(fromSeconds / stepSeconds), endSeconds, stepSeconds);
    execFileSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", "-q", file, data]);
    fromSeconds = endSeconds;
  }
  rmSync(file);
}

function writeBlock(
  file: string,
  series: number,
  firstStep: number,
  endSeconds: number,
  stepSeconds: number,
): void {
  const output = openSync(file, "w");
  let text = "";
  for (let n = 0; n < series; n++) {
    const name = `${METRIC}{n="${n}",instance="${targetOf(n)}",job="${JOB}"}`;
    for (let step = firstStep; step * stepSeconds < endSeconds; step++) {
      const seconds = step * stepSeconds;
      text += `${name} ${valueAt(n, seconds)} ${seconds}\n`;
    }
    if (text.length < WRITE_CHARACTERS) continue;
    writeSync(output, text);
    text = "";
  }
  writeSync(output, `${text}# EOF\n`);
  closeSync(output);
}
