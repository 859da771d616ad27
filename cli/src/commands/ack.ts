import { userInfo } from "node:os";
import { Command } from "commander";
import { listNormals, markNormal, type Normal, takeBackNormal } from "../collector/normals.ts";
import { parseEndpoint } from "../endpoint.ts";
import { InputError } from "../errors.ts";
import type { Endpoint } from "../http.ts";
import { formatDuration, formatTime } from "../input/time.ts";
import { type Io, print, tell } from "../io.ts";
import { COLLECTOR_URL, markOptions, outputOption, withOptions } from "../options.ts";
import { printable } from "../output/printable.ts";
import { type Fields, type Output, recordLines } from "../output/records.ts";
import { cut, tableOf } from "../output/table.ts";
import { isColoured, widthOf } from "../output/terminal.ts";

const EXAMPLES = `
Values like those of the period are no outliers from then on, at any time, until it is taken back.
The collector keeps the outliers of the last 100 incidents, and the last 2,000 samples of each series;
fewer beyond 1,500 series.

Exit code: 0, or 2 when it is refused or no collector answers.

Examples:
  outliers ack --from -10m --note "deployment of the search index"
  outliers ack --from 2026-11-26T02:00:00Z --to 2026-11-26T02:20:00Z --series load1 --by ada
  outliers ack --list
  outliers ack --take-back 73b71aa38f2e
`;

type AckOptions = {
  from?: number;
  to?: number;
  series: readonly string[];
  note: string;
  by?: string;
  list?: boolean;
  takeBack?: string;
  output: Output;
};

/** The command `outliers ack`. @param done takes the exit code */
export const ackCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  withOptions(new Command("ack"), markOptions())
    .summary("say that something was normal")
    .description("Tells a collector that a period of its series was normal.")
    .argument("[url]", "the collector", COLLECTOR_URL)
    .option("--list", "list what was marked as normal")
    .option("--take-back <id>", "take back what was marked as normal, by its id")
    .addOption(outputOption())
    .addHelpText("after", EXAMPLES)
    .action(async (url: string, options: AckOptions) => {
      const collector = parseEndpoint("the collector's URL", url);
      const { from, list = false, takeBack } = options;
      const asked = [from !== undefined, list, takeBack !== undefined].filter(Boolean);
      if (asked.length !== 1) throw new InputError("give one of --from, --list and --take-back");
      if (list) await printAll(io, env, options.output, await listNormals(collector));
      else if (takeBack !== undefined) {
        await takeBackNormal(collector, takeBack, whoOf(options, env));
        tell(io, "taken back: it no longer counts as normal");
      } else if (from !== undefined) await mark(io, env, collector, from, options);
      done(0);
    });

/** Who says so: of the option, the environment, or the system. */
function whoOf({ by }: AckOptions, env: NodeJS.ProcessEnv): string {
  if (by !== undefined && by.trim() === "") throw new InputError("--by: expected a name");
  const names = [by, env.USER, env.LOGNAME, env.USERNAME];
  return names.find((name) => name !== undefined && name.trim() !== "") ?? systemUser();
}

/** In a container a user may have no name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

async function mark(
  io: Io,
  env: NodeJS.ProcessEnv,
  collector: Endpoint,
  fromMs: number,
  options: AckOptions,
): Promise<void> {
  const { to: toMs, series, note } = options;
  const by = whoOf(options, env);
  const { leftOut, ...normal } = await markNormal(collector, { fromMs, toMs, series, note, by });
  await printAll(io, env, options.output, [normal]);
  if (leftOut.length > 0) tell(io, `left out: ${leftOut.length} series`);
  for (const { series: one, reason } of leftOut.slice(0, 10))
    tell(io, printable(`  ${one}: ${reason}`));
}

async function printAll(
  io: Io,
  env: NodeJS.ProcessEnv,
  output: Output,
  normals: readonly Normal[],
): Promise<void> {
  if (output !== "table") return print(io, recordLines(output, normals.map(fieldsOf)));
  if (normals.length === 0) return tell(io, "nothing is marked as normal");
  const table = tableOf(
    ["series", "from", "for", "by", "state", "id"].map((name) => ({ name })),
    normals.map((normal) => [
      briefly(normal),
      formatTime(Math.floor(Date.parse(normal.from) / 1000) * 1000),
      formatDuration(Date.parse(normal.to) - Date.parse(normal.from)),
      cut(normal.by, 12),
      stateOf(normal),
      normal.id,
    ]),
    { width: widthOf(io), isColoured: isColoured(io, env) },
  );
  const remarks = normals.flatMap((normal) => {
    const text = [normal.note, problemOf(normal)].filter(Boolean).join("; ");
    return text === "" ? [] : [`${normal.id}: ${printable(text)}`];
  });
  await print(io, `${[table, ...remarks].join("\n")}\n`);
}

/** Series of a period that are named in a table. */
const NAMED = 3;

function briefly({ series }: Normal): string {
  if (series === null) return "all";
  const more = series.length > NAMED ? ` and ${series.length - NAMED} more` : "";
  return `${series.slice(0, NAMED).join(", ")}${more}`;
}

/** How far the collector's detectors know it. */
function stateOf({ problem, parts }: Normal): string {
  if (problem !== null) return "not learnt";
  const states = new Set(parts.map(({ state }) => state));
  if (states.has("refused")) return "refused";
  return states.has("pending") ? "pending" : "learnt";
}

const problemOf = ({ problem, origin, parts }: Normal): string =>
  [
    origin === "file" ? "listed in NORMALS_FILE" : "",
    problem ?? parts.find(({ state }) => state === "refused")?.reason ?? "",
  ]
    .filter(Boolean)
    .join("; ");

const fieldsOf = (normal: Normal): Fields => ({
  id: normal.id,
  series: normal.series?.join(" "),
  from: normal.from,
  to: normal.to,
  by: normal.by,
  note: normal.note,
  marked_at: normal.markedAt,
  origin: normal.origin,
  state: stateOf(normal),
  problem: problemOf(normal) || undefined,
  samples: normal.parts.reduce((sum, { samples }) => sum + samples, 0),
});
