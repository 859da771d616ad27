import { Presets, SingleBar } from "cli-progress";
import type { Io } from "../io.ts";
import { count } from "./number.ts";

/** Work that takes less needs no bar. */
const WAIT_MS = 700;
/** How often a line is written where there is no terminal to draw a bar on. */
const LINE_MS = 10_000;

/** Progress on stderr: a bar on a terminal, else a line from time to time. */
export function createProgress({ stderr }: Io, now: () => number = Date.now) {
  const startedAtMs = now();
  let lastLineMs = startedAtMs;
  let bar: SingleBar | undefined;

  function line(share: number | undefined, samples: number): void {
    if (now() - lastLineMs < LINE_MS) return;
    lastLineMs = now();
    const percent = share === undefined ? "" : ` (${Math.floor(100 * share)} %)`;
    stderr.write(`${count(samples, "sample")} so far${percent}\n`);
  }

  function draw(share: number | undefined, samples: number): void {
    const payload = { samples: count(samples, "sample") };
    if (!bar) {
      const format =
        share === undefined
          ? "{samples} | {duration_formatted}"
          : "{bar} {percentage}% | {samples} | {eta_formatted} to go";
      bar = new SingleBar(
        { format, stream: stderr, clearOnComplete: true, barsize: 24 },
        Presets.shades_grey,
      );
      bar.start(100, 0, payload);
    }
    bar.update(Math.min(100, Math.floor(100 * (share ?? 0))), payload);
  }

  return {
    /**
     * @param share of the work that is done, from 0 to 1; undefined when it is unknown
     * @param samples how many have been read
     */
    update(share: number | undefined, samples: number): void {
      if (!stderr.isTTY) line(share, samples);
      else if (now() - startedAtMs >= WAIT_MS) draw(share, samples);
    },
    /** Removes the bar. */
    end(): void {
      bar?.stop();
      bar = undefined;
    },
  };
}
