import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command, Option } from "commander";
import { backtest, type Result } from "../backtest/backtest.ts";
import { pageOf } from "../backtest/page.ts";
import { dataTexts, recordsOf, summaryOf } from "../backtest/summary.ts";
import type { Settings } from "../detection/detector.ts";
import { type Credentials, withCredentials } from "../endpoint.ts";
import { InputError, reasonOf } from "../errors.ts";
import type { Endpoint } from "../http.ts";
import { withInterval } from "../input/interval.ts";
import { openInput } from "../input/open.ts";
import { type Io, print, tell } from "../io.ts";
import {
  commonOptions,
  csvOptions,
  type InputOptions,
  inputOptions,
  outputOption,
  rangeOptions,
  withOptions,
} from "../options.ts";
import { printable } from "../output/printable.ts";
import { createProgress } from "../output/progress.ts";
import { type Output, recordLines } from "../output/records.ts";
import { isColoured, widthOf } from "../output/terminal.ts";
import { readRange } from "../prometheus/range.ts";
import type { Batch } from "../sample.ts";

type BacktestOptions = InputOptions &
  Credentials &
  Pick<Settings, "sensitivity" | "direction" | "minDeviation"> & {
    prometheus?: Endpoint;
    query?: string;
    start?: number;
    end?: number;
    step: number;
    plot?: string;
    output: Output;
  };

const EXAMPLES = `
Scores every sample with the adaptive method, and prints the events that it would have
detected with --sensitivity and with other sensitivities, so that you can choose one before
alerts go out. Each series of the file or of the query is scored on its own. With --output csv
or json there is a record for each series and sensitivity.

Exit code: 0, or 2 for an error.

Examples:
  outliers backtest cpu.csv
  outliers backtest --min-deviation 2 --direction up --plot cpu.html cpu.csv
  outliers backtest --prometheus http://localhost:9090 --query outliers_value \\
    --start -1d --step 5s --plot day.html
`;

/** The command `outliers backtest`. @param done takes the exit code */
export const backtestCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  withOptions(
    new Command("backtest")
      .summary("see what would have been detected, at which sensitivity")
      .description("Shows what would have been detected in a file or a Prometheus query.")
      .argument("[file]", "CSV with a header row, or JSON of Prometheus's API; - is stdin")
      .addHelpText("after", EXAMPLES)
      .action(async (file: string | undefined, options: BacktestOptions) => {
        await run(file, options, io, env);
        done(0);
      }),
    [
      ...inputOptions(),
      ...rangeOptions(),
      ...commonOptions(),
      outputOption(),
      new Option("--plot <file>", "write a page with plots: HTML that needs nothing else"),
    ],
  );

/** @throws InputError */
async function run(
  file: string | undefined,
  options: BacktestOptions,
  io: Io,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { title, batches, intervalMs } = await open(file, options, io, env);
  const progress = createProgress(io);
  let result: Result;
  try {
    result = await backtest(batches, { ...options, intervalMs }, (share, samples) =>
      progress.update(share, samples),
    );
  } finally {
    progress.end();
  }
  if (result.samples === 0) throw new InputError(`${title}: no row has a value`);
  if (options.output === "table") {
    const style = { width: widthOf(io), isColoured: isColoured(io, env) };
    await print(io, summaryOf(result, intervalMs, style));
  } else {
    await print(io, recordLines(options.output, recordsOf(result, intervalMs)));
    tell(io, dataTexts(result, intervalMs).join("; "));
  }
  if (options.plot === undefined) return;
  try {
    await writeFile(options.plot, pageOf(result, intervalMs, title));
  } catch (error) {
    throw new InputError(`can't write ${options.plot}: ${reasonOf(error)}`);
  }
  tell(io, `plotted in ${options.plot}`);
}

type Source = { title: string; intervalMs: number; batches: AsyncIterable<Batch> };

async function open(
  file: string | undefined,
  options: BacktestOptions,
  io: Io,
  env: NodeJS.ProcessEnv,
): Promise<Source> {
  const { prometheus, query, start, step } = options;
  if ((file === undefined) === (prometheus === undefined)) {
    throw new InputError("give either a file or --prometheus");
  }
  if (file !== undefined) {
    const { batches } = await openInput(file, csvOptions(options), io.stdin);
    const found = await withInterval(batches);
    const title = file === "-" ? "stdin" : basename(file);
    return { title, intervalMs: options.interval ?? found.intervalMs, batches: found.batches };
  }
  if (prometheus === undefined || query === undefined || start === undefined) {
    throw new InputError("--prometheus needs --query and --start");
  }
  const end = options.end ?? Date.now();
  if (end < start) throw new InputError("--end is before --start");
  const server = withCredentials(prometheus, options, env);
  const range = { server, query, startMs: start, endMs: end, stepMs: step };
  const onWarning = (warning: string): void => tell(io, `Prometheus warns: ${printable(warning)}`);
  return { title: query, intervalMs: step, batches: readRange(range, onWarning) };
}
