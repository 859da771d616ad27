import type { AdaptivePoint } from "@outliers/detection/adaptive";
import { AdaptiveSeries } from "@outliers/detection/adaptive-series";
import { optionsOf, type Settings } from "../judge/judge.ts";
import type { Batch, Sample } from "../sample.ts";
import { Alarms } from "./alarms.ts";
import { Columns } from "./columns.ts";

/** Those that are tried besides the one that is asked for: a decade apart. */
const SENSITIVITIES: readonly number[] = [0.01, 0.1, 1, 10];

/** A series, as each of the sensitivities would have judged it. */
export type SeriesResult = {
  name: string;
  samples: number;
  firstMs: number;
  lastMs: number;
  /** In the order of the sensitivities. */
  alarms: readonly Alarms[];
  /** The flagged sample of the highest score, at the sensitivity that was asked for. */
  worst: { timeMs: number; value: number; score: number } | undefined;
  /** For the plot, at the sensitivity that was asked for. */
  columns: Columns;
};

/** What would have been flagged. */
export type Result = {
  sensitivities: readonly number[];
  /** Which of them was asked for. */
  chosen: number;
  series: readonly SeriesResult[];
  samples: number;
  skipped: number;
};

type Memory = SeriesResult & { states: readonly AdaptiveSeries[] };

/**
 * Judges samples in-process with several sensitivities at once, in one go over the data.
 * @param onProgress is told which share of it has been judged, if that is known
 */
export async function backtest(
  batches: AsyncIterable<Batch>,
  settings: Settings,
  onProgress: (share: number | undefined) => void,
): Promise<Result> {
  const sensitivities = [...new Set([...SENSITIVITIES, settings.sensitivity])].sort(
    (a, b) => a - b,
  );
  const chosen = sensitivities.indexOf(settings.sensitivity);
  const memories = new Map<string, Memory>();
  let samples = 0;
  let skipped = 0;
  for await (const batch of batches) {
    for (const sample of batch.samples) {
      let memory = memories.get(sample.series);
      if (!memory) {
        memory = remember(sample, sensitivities, settings);
        memories.set(sample.series, memory);
      }
      judge(memory, sample, chosen);
    }
    samples += batch.samples.length;
    skipped += batch.skipped;
    onProgress(batch.progress);
  }
  return { sensitivities, chosen, series: [...memories.values()], samples, skipped };
}

function remember(
  { series, timeMs }: Sample,
  sensitivities: readonly number[],
  settings: Settings,
): Memory {
  return {
    name: series,
    samples: 0,
    firstMs: timeMs,
    lastMs: timeMs,
    states: sensitivities.map(
      (sensitivity) => new AdaptiveSeries(optionsOf({ ...settings, sensitivity })),
    ),
    alarms: sensitivities.map(() => new Alarms()),
    worst: undefined,
    columns: new Columns(),
  };
}

function judge(memory: Memory, sample: Sample, chosen: number): void {
  const { timeMs, value } = sample;
  memory.samples += 1;
  memory.lastMs = timeMs;
  for (const [at, state] of memory.states.entries()) {
    const point: AdaptivePoint = state.update(timeMs, value);
    memory.alarms[at]?.update(timeMs, point.isOutlier);
    if (at !== chosen) continue;
    memory.columns.push(sample, point);
    if (point.isOutlier && point.score > (memory.worst?.score ?? 0)) {
      memory.worst = { timeMs, value, score: point.score };
    }
  }
}
