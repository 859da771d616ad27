import type { SeriesDetector, State } from "@outliers/detection/method";
import { methods } from "@outliers/detection/methods";
import { optionsOf, type Settings } from "../detection/detector.ts";
import { scoreAll } from "../detection/in-process.ts";
import { addSkipped, type Batch, type Sample, type Skipped } from "../sample.ts";
import { Columns } from "./columns.ts";
import { Tally } from "./tally.ts";

/** Tried in addition to the one that is asked for: each ten times the one before. */
const SENSITIVITIES: readonly number[] = [0.01, 0.1, 1, 10];

/** What each sensitivity would have found in a series. */
export type SeriesResult = {
  name: string;
  samples: number;
  firstMs: number;
  lastMs: number;
  state: State;
  /** In the order of the sensitivities. */
  tallies: readonly Tally[];
  /** For the plot, at the sensitivity that was asked for. */
  columns: Columns;
};

/** What would have been detected. */
export type Result = {
  sensitivities: readonly number[];
  /** Which of them was asked for. */
  chosen: number;
  series: readonly SeriesResult[];
  samples: number;
  skipped: Skipped;
};

type Replay = SeriesResult & { detectors: readonly SeriesDetector[] };

/**
 * Scores samples in this process with several sensitivities at once, in one pass over the data.
 * @param onProgress takes the share that has been scored, if it is known, and the number of samples
 */
export async function backtest(
  batches: AsyncIterable<Batch>,
  settings: Omit<Settings, "method" | "threshold">,
  onProgress: (share: number | undefined, samples: number) => void,
): Promise<Result> {
  const sensitivities = [...new Set([...SENSITIVITIES, settings.sensitivity])].sort(
    (a, b) => a - b,
  );
  const chosen = sensitivities.indexOf(settings.sensitivity);
  const replays = new Map<string, Replay>();
  let samples = 0;
  let skipped: Skipped = { withoutValue: 0, outOfOrder: 0 };
  for await (const batch of batches) {
    for (const [name, own] of Map.groupBy(batch.samples, ({ series }) => series)) {
      const replay = replays.get(name) ?? begin(name, own, sensitivities, settings);
      replays.set(name, replay);
      score(replay, own, chosen);
    }
    samples += batch.samples.length;
    skipped = addSkipped(skipped, batch.skipped);
    onProgress(batch.progress, samples);
  }
  return { sensitivities, chosen, series: [...replays.values()], samples, skipped };
}

function begin(
  name: string,
  [first]: readonly Sample[],
  sensitivities: readonly number[],
  settings: Omit<Settings, "method" | "threshold">,
): Replay {
  const firstMs = first?.timeMs ?? 0;
  return {
    name,
    samples: 0,
    firstMs,
    lastMs: firstMs,
    state: "warming_up",
    detectors: sensitivities.map((sensitivity) =>
      methods.adaptive.start(
        optionsOf({ ...settings, method: "adaptive", threshold: 0, sensitivity }),
      ),
    ),
    tallies: sensitivities.map(() => new Tally()),
    columns: new Columns(),
  };
}

function score(replay: Replay, samples: readonly Sample[], chosen: number): void {
  replay.samples += samples.length;
  replay.lastMs = samples.at(-1)?.timeMs ?? replay.lastMs;
  for (const [at, detector] of replay.detectors.entries()) {
    const verdicts = scoreAll(detector, samples);
    replay.tallies[at]?.push(samples, verdicts, detector.intervalMs);
    if (at !== chosen) continue;
    replay.state = verdicts.state;
    replay.columns.push(samples, verdicts);
  }
}
