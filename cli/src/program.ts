import { Command, CommanderError } from "commander";
import { backtestCommand } from "./commands/backtest.ts";
import { detectCommand } from "./commands/detect.ts";
import { reasonOf } from "./errors.ts";
import type { Io } from "./io.ts";

const ERROR = 2;

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
  const program = new Command("outliers").description(
    "Finds the values of time series that do not belong.",
  );
  program.addCommand(detectCommand(io, env, done)).addCommand(backtestCommand(io, env, done));
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
