import { WARM_UP_SAMPLES } from "@outliers/detection/adaptive";
import { Command } from "commander";
import { InputError } from "../errors.ts";
import { withInterval } from "../input/interval.ts";
import { readInput } from "../input/open.ts";
import { formatDuration } from "../input/time.ts";
import { type Io, print, tell } from "../io.ts";
import { createInProcessJudge } from "../judge/in-process.ts";
import type { Settings } from "../judge/judge.ts";
import { createRemoteJudge } from "../judge/remote.ts";
import { MIN_SAMPLES } from "../judge/windows.ts";
import {
  type ColumnOptions,
  columnOptions,
  columnsOf,
  methodOptions,
  outputOptions,
  withOptions,
} from "../options.ts";
import { isColoured } from "../output/colour.ts";
import { flagFormat, type Output } from "../output/flags.ts";
import { count } from "../output/number.ts";
import { unjudged } from "../output/unjudged.ts";
import { channelCredentials } from "../tls.ts";

type DetectOptions = ColumnOptions &
  Omit<Settings, "intervalMs"> & {
    /** Of a detector; without it, in this process. */
    address?: string;
    output?: Output;
  };

const EXAMPLES = `
Times are RFC 3339, 2026-11-23 08:00:00 (UTC), or Unix seconds or milliseconds, and rise
within each series. Rows without a value are left out. The verdicts of a detector and those
of this process are the same; TLS_CA, TLS_CERT and TLS_KEY are read as by the collector.

Exit code: 0 something was flagged, 1 nothing was, 2 an error.

Examples:
  outliers detect cpu.csv
  outliers detect --series host --value load --direction up --min-deviation 2 hosts.csv
  zcat cpu.csv.gz | outliers detect --output json - | jq .score
  outliers detect --address localhost:9999 --method mad cpu.csv
`;

/** The command `outliers detect`. @param done takes the exit code */
export const detectCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  withOptions(
    new Command("detect")
      .summary("print the outliers of a CSV file")
      .description("Prints the outliers of a CSV file with a header row, as they are found.")
      .argument("<file>", "CSV with a column of times and one of values; - is stdin")
      .addHelpText("after", EXAMPLES)
      .action(async (file: string, options: DetectOptions) =>
        done(await detect(file, options, io, env)),
      ),
    [...columnOptions(), ...methodOptions(), ...outputOptions()],
  );

/**
 * Prints the outliers of a CSV file.
 * @returns the exit code, as of grep: 0 when there are some, 1 when there are none
 * @throws InputError
 */
async function detect(
  file: string,
  options: DetectOptions,
  io: Io,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { address, output = io.stdout.isTTY ? "table" : "csv" } = options;
  checkThreshold(options);
  const columns = columnsOf(options);
  const found = await withInterval(readInput(file, columns, io.stdin));
  const intervalMs = options.interval ?? found.intervalMs;
  const settings = { ...options, intervalMs };
  const judge =
    address === undefined
      ? createInProcessJudge(settings)
      : createRemoteJudge(address, settings, channelCredentials(env));
  const format = flagFormat(output, columns.series !== undefined, isColoured(io, env));
  const samplesOf = new Map<string, number>();
  const total = { samples: 0, skipped: 0, flags: 0 };
  try {
    for await (const { samples, skipped } of found.batches) {
      const flags = await judge.judge(samples);
      // The head goes out with the first flag, as nothing is printed when there is none.
      const head = total.flags === 0 && flags.length > 0 ? format.head : "";
      await print(io, head + flags.map((flag) => format.line(flag)).join(""));
      for (const { series } of samples) samplesOf.set(series, (samplesOf.get(series) ?? 0) + 1);
      total.samples += samples.length;
      total.skipped += skipped;
      total.flags += flags.length;
    }
  } finally {
    judge.close();
  }
  const skipped =
    total.skipped > 0 ? `; ${count(total.skipped, "row")} without a value skipped` : "";
  const ofSeries = columns.series === undefined ? "" : ` of ${samplesOf.size} series`;
  const warmUp = options.method === "adaptive" ? WARM_UP_SAMPLES : MIN_SAMPLES - 1;
  const tooShort = unjudged([...samplesOf.values()], warmUp);
  tell(
    io,
    `${count(total.flags, "outlier")} in ${count(total.samples, "sample")}${ofSeries}, one each ${formatDuration(intervalMs)}${skipped}${tooShort && `; ${tooShort}`}`,
  );
  return total.flags > 0 ? 0 : 1;
}

/** @throws InputError when a threshold is given to the method that has none */
function checkThreshold({ method, threshold }: DetectOptions): void {
  if (method === "adaptive" && threshold !== 0) {
    throw new InputError("--threshold is for sigma and mad: adaptive has --sensitivity");
  }
}
