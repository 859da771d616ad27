import { styleText } from "node:util";
import { Command } from "commander";
import { checkCollector } from "../check/collector.ts";
import { checkDetector } from "../check/detector.ts";
import type { Finding } from "../check/finding.ts";
import { checkPrometheus } from "../check/prometheus.ts";
import { type Io, print } from "../io.ts";
import { deploymentOptions, withOptions } from "../options.ts";
import { isColoured } from "../output/colour.ts";
import { printable } from "../output/printable.ts";
import { channelCredentials } from "../tls.ts";

/** `prometheus` is false with --no-prometheus. */
type CheckOptions = { collector: string; detector?: string; prometheus: string | false };

const EXAMPLES = `
TLS_CA, TLS_CERT and TLS_KEY are read as by the collector.

Exit code: 0 all is well, 1 something is wrong, 2 an error in the arguments.

Examples:
  outliers check
  outliers check --detector $(docker compose port detector 9999)
  outliers check --no-prometheus        # with make start
`;

const LABELS = { ok: "ok     ", note: "note   ", problem: "PROBLEM" } as const;
const STYLES = { ok: "green", note: "yellow", problem: "red" } as const;

/** The command `outliers check`. @param done takes the exit code */
export const checkCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  withOptions(
    new Command("check")
      .summary("see whether a deployment is well, and what to do if not")
      .description("Says in words what of a deployment works, what does not, and what to do.")
      .addHelpText("after", EXAMPLES)
      .action(async ({ collector, detector, prometheus }: CheckOptions) => {
        const findings = (
          await Promise.all([
            checkCollector(collector),
            checkDetector(detector, channelCredentials(env)),
            prometheus === false ? [] : checkPrometheus(prometheus),
          ])
        ).flat();
        await print(io, findings.map((one) => lineOf(one, isColoured(io, env))).join(""));
        done(findings.some(({ level }) => level === "problem") ? 1 : 0);
      }),
    deploymentOptions(),
  );

function lineOf({ level, text, todo }: Finding, isColoured: boolean): string {
  const label = LABELS[level];
  const shown = isColoured ? styleText(STYLES[level], label, { validateStream: false }) : label;
  return `${shown}  ${printable(text)}\n${todo === undefined ? "" : `         → ${todo}\n`}`;
}
