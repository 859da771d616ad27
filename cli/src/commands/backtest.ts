import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command, Option } from "commander";
import { backtest, type Result } from "../backtest/backtest.ts";
import { pageOf } from "../backtest/page.ts";
import { summaryOf } from "../backtest/summary.ts";
import { InputError, reasonOf } from "../errors.ts";
import { withInterval } from "../input/interval.ts";
import { readInput } from "../input/open.ts";
import { type Io, print, tell } from "../io.ts";
import type { Settings } from "../judge/judge.ts";
import {
  type ColumnOptions,
  columnOptions,
  columnsOf,
  commonOptions,
  rangeOptions,
  withOptions,
} from "../options.ts";
import { isColoured } from "../output/colour.ts";
import { createProgress } from "../output/progress.ts";
import { readRange } from "../prometheus/range.ts";
import type { Batch } from "../sample.ts";

type BacktestOptions = ColumnOptions &
  Pick<Settings, "sensitivity" | "direction" | "minDeviation"> & {
    prometheus?: string;
    query?: string;
    start?: number;
    end?: number;
    step: number;
    plot?: string;
  };

const EXAMPLES = `
Judges with the adaptive method and prints what it would have flagged, with --sensitivity
and with others, so that you can choose one before alerts go out. Several series, be it of a
file or of a query, are judged each on its own.

Exit code: 0, or 2 for an error.

Examples:
  outliers backtest cpu.csv
  outliers backtest --min-deviation 2 --direction up --plot cpu.html cpu.csv
  outliers backtest --prometheus http://localhost:9090 --query outliers_value \\
    --start 2026-11-22T00:00:00Z --end 2026-11-23T00:00:00Z --step 5s --plot day.html
`;

/** The command `outliers backtest`. @param done takes the exit code */
export const backtestCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  withOptions(
    new Command("backtest")
      .summary("see what would have been flagged, at which sensitivity")
      .description("Shows what would have been flagged in a CSV file or a Prometheus query.")
      .argument("[file]", "CSV with a header row; - is stdin")
      .addHelpText("after", EXAMPLES)
      .action(async (file: string | undefined, options: BacktestOptions) => {
        await run(file, options, io, env);
        done(0);
      }),
    [
      ...columnOptions(),
      ...rangeOptions(),
      ...commonOptions(),
      new Option("--plot <file>", "write a page with plots, HTML that needs nothing else"),
    ],
  );

/** @throws InputError */
async function run(
  file: string | undefined,
  options: BacktestOptions,
  io: Io,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { title, batches, intervalMs } = await open(file, options, io);
  const progress = createProgress(io);
  let result: Result;
  try {
    const settings = { ...options, method: "adaptive", threshold: 0, intervalMs } as const;
    result = await backtest(batches, settings, (share) => progress.update(share));
  } finally {
    progress.end();
  }
  if (result.samples === 0) throw new InputError(`${title}: no row has a value`);
  await print(io, summaryOf(result, intervalMs, isColoured(io, env)));
  if (options.plot === undefined) return;
  try {
    await writeFile(options.plot, pageOf(result, intervalMs, title));
  } catch (error) {
    throw new InputError(`can't write ${options.plot}: ${reasonOf(error)}`);
  }
  tell(io, `plotted in ${options.plot}`);
}

type Source = { title: string; intervalMs: number; batches: AsyncIterable<Batch> };

async function open(file: string | undefined, options: BacktestOptions, io: Io): Promise<Source> {
  const { prometheus, query, start, step } = options;
  if ((file === undefined) === (prometheus === undefined)) {
    throw new InputError("give either a CSV file or --prometheus");
  }
  if (file !== undefined) {
    const found = await withInterval(readInput(file, columnsOf(options), io.stdin));
    const title = file === "-" ? "stdin" : basename(file);
    return { title, intervalMs: options.interval ?? found.intervalMs, batches: found.batches };
  }
  if (prometheus === undefined || query === undefined || start === undefined) {
    throw new InputError("--prometheus needs --query and --start");
  }
  const end = options.end ?? Date.now();
  if (end < start) throw new InputError("--end is before --start");
  const range = { url: prometheus, query, startMs: start, endMs: end, stepMs: step };
  return { title: query, intervalMs: step, batches: readRange(range) };
}
