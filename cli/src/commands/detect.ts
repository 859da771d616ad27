import { Command } from "commander";
import { type Detector, isStreaming, type Settings, windowNames } from "../detection/detector.ts";
import { EventPhases } from "../detection/event-phases.ts";
import { createInProcessDetector } from "../detection/in-process.ts";
import { createRemoteDetector } from "../detection/remote.ts";
import { InputError } from "../errors.ts";
import { withInterval } from "../input/interval.ts";
import { openInput } from "../input/open.ts";
import { formatDuration } from "../input/time.ts";
import { type Io, print, tell } from "../io.ts";
import {
  addressOption,
  csvOptions,
  type InputOptions,
  inputOptions,
  methodOptions,
  streamedOutputOption,
  withOptions,
} from "../options.ts";
import { count } from "../output/number.ts";
import { type OutlierFormat, outlierFormat } from "../output/outliers.ts";
import { createProgress } from "../output/progress.ts";
import type { Output } from "../output/records.ts";
import { skippedTexts, warmingUpTexts } from "../output/skipped.ts";
import { isColoured, widthOf } from "../output/terminal.ts";
import { addSkipped, type Batch, type Skipped } from "../sample.ts";
import { channelCredentials } from "../tls.ts";

type DetectOptions = InputOptions &
  Omit<Settings, "intervalMs"> & {
    /** Of a detector; without it, in this process. */
    address?: string;
    output?: Output;
  };

const EXAMPLES = `
Times are RFC 3339, 2026-11-23 08:00:00, or Unix time in s, ms, µs or ns, and rise within
each series; --time-format and --timezone read others. Rows without a value, and rows whose
time does not rise, are skipped and counted. A detector gives the same verdicts as this
process does; TLS_CA, TLS_CERT and TLS_KEY are read as by the collector.

Exit code: 0 outliers were found, 1 there are none, 2 an error.

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
      .summary("print the outliers of a file")
      .description("Prints the outliers of a file, as they are found.")
      .argument("<file>", "CSV with a header row, or JSON of Prometheus's API; - is stdin")
      .addHelpText("after", EXAMPLES)
      .action(async (file: string, options: DetectOptions) =>
        done(await detect(file, options, io, env)),
      ),
    [...inputOptions(), ...methodOptions(), addressOption(), streamedOutputOption()],
  );

/**
 * Prints the outliers of a file.
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
  const input = await openInput(file, csvOptions(options), io.stdin);
  const found = await withInterval(input.batches);
  const intervalMs = options.interval ?? found.intervalMs;
  const settings = { ...options, intervalMs };
  const detector =
    address === undefined
      ? createInProcessDetector(settings)
      : createRemoteDetector(address, settings, channelCredentials(env));
  const style = { isNamed: input.isNamed, isColoured: isColoured(io, env), width: widthOf(io) };
  const format = outlierFormat(output, style);
  const total = await printOutliers(found.batches, detector, io, format, intervalMs);
  const ofSeries = input.isNamed ? ` of ${total.series} series` : "";
  const inEvents = total.outliers > 0 ? `, ${count(total.events, "event")},` : "";
  const texts = [
    `${count(total.outliers, "outlier")}${inEvents} in ${count(total.samples, "sample")}${ofSeries}, one each ${formatDuration(intervalMs)}`,
    ...skippedTexts(total.skipped),
    ...warmingUpTexts(total.warmingUp, total.series),
  ];
  tell(io, texts.join("; "));
  return total.outliers > 0 ? 0 : 1;
}

/** Prints the outliers as they are found, and counts what went by. */
async function printOutliers(
  batches: AsyncIterable<Batch>,
  detector: Detector,
  io: Io,
  format: OutlierFormat,
  intervalMs: number,
) {
  const phases = new EventPhases(intervalMs);
  const progress = createProgress(io);
  const series = new Set<string>();
  const total = { samples: 0, outliers: 0, events: 0 };
  let skipped: Skipped = { withoutValue: 0, outOfOrder: 0 };
  try {
    for await (const batch of batches) {
      const outliers = await detector.detect(batch.samples);
      const events = phases.push(batch.samples, outliers);
      if (outliers.length > 0 && io.stdout.isTTY) progress.end();
      // Without outliers nothing is printed, not even the head of a table.
      await print(io, format(outliers, events, total.outliers === 0));
      for (const sample of batch.samples) series.add(sample.series);
      total.samples += batch.samples.length;
      total.outliers += outliers.length;
      total.events += events.filter((phase) => phase === "begins").length;
      skipped = addSkipped(skipped, batch.skipped);
      progress.update(batch.progress, total.samples);
    }
    return { ...total, skipped, series: series.size, warmingUp: detector.warmingUp() };
  } finally {
    progress.end();
    detector.close();
  }
}

/** @throws InputError when a threshold is given to a method that has none */
function checkThreshold({ method, threshold }: DetectOptions): void {
  if (isStreaming(method) && threshold !== 0) {
    throw new InputError(
      `--threshold is for ${windowNames.join(" and ")}: ${method} has --sensitivity`,
    );
  }
}
