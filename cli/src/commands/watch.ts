import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { createLogUpdate } from "log-update";
import { readCollector } from "../collector/state.ts";
import { viewOf } from "../collector/view.ts";
import { reasonOf } from "../errors.ts";
import { type Io, print } from "../io.ts";
import { url as parseUrl } from "../options.ts";
import { isColoured } from "../output/colour.ts";

const REFRESH_MS = 1000;

const EXAMPLES = `
Ends with Ctrl-C. Without a terminal, and with --once, it prints how things are and ends.

Exit code: 0, or 2 when there is no collector to ask.

Examples:
  outliers watch
  outliers watch --once http://localhost:9464
`;

/** The command `outliers watch`. @param done takes the exit code */
export const watchCommand = (io: Io, env: NodeJS.ProcessEnv, done: (code: number) => void) =>
  new Command("watch")
    .summary("see a collector's series live")
    .description("Shows the series of a collector as they are, each second.")
    .argument("[url]", "the collector", parseUrl, "http://localhost:9464")
    .option("--once", "show it once, and end")
    .addHelpText("after", EXAMPLES)
    .action(async (url: string, { once = false }: { once?: boolean }) => {
      if (once || !io.stdout.isTTY) {
        const state = await readCollector(url);
        await print(io, `${viewOf(url, state, Date.now(), isColoured(io, env))}\n`);
      } else await follow(url, io, env);
      done(0);
    });

/** Refreshes the view until SIGINT; a collector that goes away is waited for. */
async function follow(url: string, io: Io, env: NodeJS.ProcessEnv): Promise<void> {
  const update = createLogUpdate(io.stdout);
  const interrupted = new AbortController();
  // Not `once`: log-update's own listener ends the process when it is the last one.
  process.on("SIGINT", () => interrupted.abort());
  let last = "";
  while (!interrupted.signal.aborted) {
    try {
      last = viewOf(url, await readCollector(url), Date.now(), isColoured(io, env));
      update(last);
    } catch (error) {
      const before = last === "" ? "" : `\nWhat it said last:\n${last}`;
      update(`The collector is away, and asked each second: ${reasonOf(error)}${before}`);
    }
    await delay(REFRESH_MS, undefined, { signal: interrupted.signal }).catch(() => {});
  }
  update.done();
}
