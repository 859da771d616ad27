import { build } from "@outliers/service/build";
import { Command, CommanderError } from "commander";
import { ackCommand } from "./commands/ack.ts";
import { backtestCommand } from "./commands/backtest.ts";
import { checkCommand } from "./commands/check.ts";
import { detectCommand } from "./commands/detect.ts";
import { watchCommand } from "./commands/watch.ts";
import { reasonOf } from "./errors.ts";
import type { Io } from "./io.ts";

const COMMANDS = [detectCommand, backtestCommand, watchCommand, ackCommand, checkCommand];

const EXAMPLES = `
Examples:
  outliers detect cpu.csv                      print the outliers of a CSV file
  outliers backtest --plot cpu.html cpu.csv    try sensitivities, and plot the result
  outliers watch http://localhost:9464         watch a collector's series live
  outliers ack --from -10m --note deployment   say that the last ten minutes were normal
  outliers check                               see what is wrong, and what to do

outliers help <command> explains each, with more examples.
`;

const ERROR = 2;

/** `0.2.0`, and in a release `0.2.0 (commit 1f2e3d, built 2026-11-26T09:00:00Z)`. */
const version =
  build.revision === "unknown"
    ? build.version
    : `${build.version} (commit ${build.revision}, built ${build.date})`;

/**
 * Runs one command.
 * @param args without the names of Node and of the program
 * @returns the exit code
 */
export async function run(
  args: readonly string[],
  io: Io,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  let code = 0;
  const done = (exitCode: number): void => {
    code = exitCode;
  };
  const program = new Command("outliers")
    .description("Finds the values of time series that do not belong.")
    .version(version);
  program.addHelpText("after", EXAMPLES);
  for (const create of COMMANDS) program.addCommand(create(io, env, done));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ERROR;
    io.stderr.write(`outliers: ${reasonOf(error)}\n`);
    return ERROR;
  }
}
