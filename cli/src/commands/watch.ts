import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { createLogUpdate } from "log-update";
import { readCollector } from "../collector/state.ts";
import { recordsOf, viewOf } from "../collector/view.ts";
import { parseEndpoint } from "../endpoint.ts";
import { reasonOf } from "../errors.ts";
import type { Endpoint } from "../http.ts";
import { type Io, print } from "../io.ts";
import { COLLECTOR_URL, outputOption } from "../options.ts";
import { type Output, recordLines } from "../output/records.ts";
import type { TableStyle } from "../output/table.ts";
import { isColoured, widthOf } from "../output/terminal.ts";

const REFRESH_MS = 1000;

const EXAMPLES = `
Ends with Ctrl-C. Without a terminal, with --once, and with --output csv or json, it prints
the current state and ends.

Exit code: 0, or 2 when no collector answers.

Examples:
  outliers watch
  outliers watch --once http://localhost:9464
  outliers watch --output json | jq 'select(.active)'
`;

type WatchOptions = { once?: boolean; output: Output };

/** The command `outliers watch`. @param done takes the exit code */
export const watchCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  new Command("watch")
    .summary("watch a collector's series live")
    .description("Shows the series of a collector, and refreshes them every second.")
    .argument("[url]", "the collector", COLLECTOR_URL)
    .option("--once", "print the current state, and end")
    .addOption(outputOption())
    .addHelpText("after", EXAMPLES)
    .action(async (url: string, { once = false, output }: WatchOptions) => {
      const collector = parseEndpoint("the collector's URL", url);
      if (output !== "table") {
        const state = await readCollector(collector);
        await print(io, recordLines(output, recordsOf(state, Date.now())));
      } else if (once || !io.stdout.isTTY) {
        const state = await readCollector(collector);
        await print(io, `${viewOf(collector.url, state, Date.now(), styleOf(io, env))}\n`);
      } else await follow(collector, io, env);
      done(0);
    });

/** What reads a pipe, such as grep, wants a line for each series. */
const styleOf = (io: Io, env: NodeJS.ProcessEnv): TableStyle => ({
  width: io.stdout.isTTY ? widthOf(io) : Number.POSITIVE_INFINITY,
  isColoured: isColoured(io, env),
});

/** Refreshes the view until SIGINT; while the collector does not answer, it shows the last state. */
async function follow(collector: Endpoint, io: Io, env: NodeJS.ProcessEnv): Promise<void> {
  const update = createLogUpdate(io.stdout);
  const interrupted = new AbortController();
  // Not `once`: log-update's own listener ends the process when it is the last one.
  process.on("SIGINT", () => interrupted.abort());
  let last = "";
  while (!interrupted.signal.aborted) {
    try {
      const state = await readCollector(collector);
      last = viewOf(collector.url, state, Date.now(), styleOf(io, env), io.stdout.rows);
      update(last);
    } catch (error) {
      const before = last === "" ? "" : `\nThe last state:\n${last}`;
      update(`The collector does not answer, retrying every second: ${reasonOf(error)}${before}`);
    }
    await delay(REFRESH_MS, undefined, { signal: interrupted.signal }).catch(() => {});
  }
  update.done();
}
