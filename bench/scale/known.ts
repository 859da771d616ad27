import type { DetectorClient } from "@outliers/client/detector-client";
import { createDetection, type DetectionSettings } from "@outliers/collector/detection";
import { SampleBudget } from "@outliers/collector/sample-budget";
import { type Checkpoint, Series, type SeriesDescription } from "@outliers/collector/series";
import { waitFor } from "@outliers/service/wait-for";

/** As by default. */
export const DEADLINE_MS = 2000;
/** Between two checkpoints of a series. */
export const CHECKPOINT_SAMPLES = 500;
const KNOWN_DAYS = 3;
const DAY_MS = 86_400_000;

export const settingsOf = (detectIntervalMs: number): DetectionSettings => ({
  method: "adaptive",
  threshold: 0,
  sensitivity: 0.1,
  trigger: { k: 1, n: 1 },
  timeZone: "UTC",
  window: 300,
  minSamples: 30,
  detectIntervalMs,
});

export const describe = (name: string, intervalMs: number): SeriesDescription => ({
  name,
  labels: {},
  title: name,
  unit: "percent",
  min: 0,
  max: 100,
  minDeviation: 2,
  minRelativeDeviation: 0,
  direction: "both",
  intervalMs,
});

/** A host with a daily pattern, noise, a job in every hour, and a burst now and then. */
export function valueAt(timeMs: number): number {
  const daily = 20 - 15 * Math.cos((2 * Math.PI * timeMs) / DAY_MS);
  const noise = Math.random() + Math.random() + Math.random();
  const job = timeMs % 3_600_000 < 30_000 ? 30 : 0;
  return daily + noise + job + (Math.random() < 0.001 ? 20 : 0);
}

/** What a detector knows of a series after some days. */
export async function learn(
  description: SeriesDescription,
  connect: () => DetectorClient,
  endMs: number,
  context: Parameters<typeof createDetection>[3],
): Promise<Checkpoint> {
  const { intervalMs } = description;
  const client = connect();
  const quiet = { ...context, sinks: [] };
  const detection = createDetection(settingsOf(intervalMs), client, () => {}, quiet);
  const startMs = endMs - KNOWN_DAYS * DAY_MS;
  const first = { timeMs: startMs, value: valueAt(startMs) };
  const series = new Series(
    description,
    first,
    new SampleBudget((KNOWN_DAYS * DAY_MS) / intervalMs + 1),
  );
  for (let timeMs = startMs + intervalMs; timeMs <= endMs; timeMs += intervalMs)
    series.push({ timeMs, value: valueAt(timeMs) });
  detection.add(series);
  detection.onSamples([series], endMs);
  await waitFor("what is known of a series", 120_000, async () => series.backlog === 0);
  client.close();
  if (!series.checkpoint) throw new Error("no checkpoint");
  return series.checkpoint;
}
