import { Presets, SingleBar } from "cli-progress";
import type { Io } from "../io.ts";

/** Work that takes less needs no bar. */
const WAIT_MS = 700;

/** A progress bar on stderr, where that is a terminal and the work is long. */
export function createProgress({ stderr }: Io, now: () => number = Date.now) {
  const startedAtMs = now();
  let bar: SingleBar | undefined;
  return {
    /** @param share of the work that is done, from 0 to 1; undefined when it is unknown */
    update(share: number | undefined): void {
      if (share === undefined || !stderr.isTTY || now() - startedAtMs < WAIT_MS) return;
      if (!bar) {
        const format = "{bar} {percentage}% | {duration_formatted}, {eta_formatted} to go";
        bar = new SingleBar({ format, stream: stderr, clearOnComplete: true }, Presets.shades_grey);
        bar.start(100, 0);
      }
      bar.update(Math.min(100, Math.floor(100 * share)));
    },
    /** Takes the bar away. */
    end(): void {
      bar?.stop();
    },
  };
}
