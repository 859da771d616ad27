import { styleText } from "node:util";
import { Command, Option } from "commander";
import { checkCollector } from "../check/collector.ts";
import { checkDetector } from "../check/detector.ts";
import type { Finding } from "../check/finding.ts";
import { checkPrometheus } from "../check/prometheus.ts";
import { checkQueries, tryQueries } from "../check/queries.ts";
import { type Credentials, withCredentials } from "../endpoint.ts";
import { InputError } from "../errors.ts";
import type { Endpoint } from "../http.ts";
import { type Io, print } from "../io.ts";
import { deploymentOptions, outputOption, withOptions } from "../options.ts";
import { printable } from "../output/printable.ts";
import { type Output, recordLines } from "../output/records.ts";
import { isColoured } from "../output/terminal.ts";
import { channelCredentials } from "../tls.ts";

/** `prometheus` is false with --no-prometheus. */
type CheckOptions = Credentials & {
  collector: Endpoint;
  detector?: string;
  prometheus: Endpoint | false;
  queries?: string;
  dryRun?: boolean;
  output: Output;
};

const EXAMPLES = `
TLS_CA, TLS_CERT and TLS_KEY are read as by the collector.

Exit code: 0 all is well, 1 there is a problem, 2 an error in the arguments.

Examples:
  outliers check
  outliers check --detector $(docker compose port detector 9999)
  outliers check --no-prometheus        # with make start
  outliers check --queries queries.local.yml --dry-run
  outliers check --queries queries.local.yml --dry-run --no-prometheus  # the file alone
`;

const LABELS = { ok: "ok     ", note: "note   ", problem: "PROBLEM" } as const;
const STYLES = { ok: "green", note: "yellow", problem: "red" } as const;

/** The command `outliers check`. @param done takes the exit code */
export const checkCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  withOptions(
    new Command("check")
      .summary("check that a deployment works, and see what to do if not")
      .description("Checks what of a deployment works and what does not, and what to do about it.")
      .addHelpText("after", EXAMPLES)
      .action(
        async ({ queries, dryRun = false, output, ...options }: CheckOptions, command: Command) => {
          const file = queries ?? (env.QUERIES_FILE || undefined);
          const findings = dryRun
            ? await checkFile(fileOf(file), options, command)
            : [
                ...(file === undefined ? [] : checkQueries(file)),
                ...(await checkDeployment(options, env)),
              ];
          const text =
            output === "table"
              ? findings.map((one) => lineOf(one, isColoured(io, env))).join("")
              : recordLines(
                  output,
                  findings.map(({ level, text: what, todo }) => ({ level, text: what, todo })),
                );
          await print(io, text);
          done(findings.some(({ level }) => level === "problem") ? 1 : 0);
        },
      ),
    [
      ...deploymentOptions(),
      new Option("--queries <file>", "a file of PromQL queries to check (default: QUERIES_FILE)"),
      new Option(
        "--dry-run",
        "check nothing but the queries: evaluate each once, and print how many series it has",
      ),
      outputOption(),
    ],
  );

async function checkDeployment(
  { collector, detector, prometheus, ...options }: Omit<CheckOptions, "output">,
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  const asked = await Promise.all([
    checkCollector(collector),
    checkDetector(detector, channelCredentials(env)),
    prometheus === false ? [] : checkPrometheus(withCredentials(prometheus, options, env)),
  ]);
  return asked.flat();
}

function fileOf(file: string | undefined): string {
  if (file === undefined)
    throw new InputError("--dry-run: give a file by --queries or QUERIES_FILE");
  return file;
}

async function checkFile(
  file: string,
  { prometheus }: Omit<CheckOptions, "output">,
  command: Command,
): Promise<Finding[]> {
  if (prometheus === false) return checkQueries(file);
  // The URL in the file may be a name within Compose.
  const isGiven = command.getOptionValueSource("prometheus") === "cli";
  return tryQueries(file, isGiven ? prometheus.url : undefined);
}

function lineOf({ level, text, todo }: Finding, isColoured: boolean): string {
  const label = LABELS[level];
  const shown = isColoured ? styleText(STYLES[level], label, { validateStream: false }) : label;
  return `${shown}  ${printable(text)}\n${todo === undefined ? "" : `         → ${todo}\n`}`;
}
