import { type Batch, MAX_SERIES, type Sample } from "../sample.ts";

/** The interval shows in so many samples: at least two of them are of the same series. */
const LOOKED_AT = 2 * MAX_SERIES;
/** Of data that has no two samples of a series, where it can't matter. */
const DEFAULT_MS = 1000;

/** The median time between two samples of a series, in ms; undefined when no series has two. */
function medianInterval(samples: readonly Sample[]): number | undefined {
  const last = new Map<string, number>();
  const differences: number[] = [];
  for (const { series, timeMs } of samples) {
    const before = last.get(series);
    if (before !== undefined) differences.push(timeMs - before);
    last.set(series, timeMs);
  }
  differences.sort((a, b) => a - b);
  return differences[differences.length >> 1];
}

/**
 * Finds the sample interval from the first samples, without losing them.
 * @returns the interval in ms, and all the batches
 */
export async function withInterval(batches: AsyncGenerator<Batch>) {
  const held: Batch[] = [];
  let samples: Sample[] = [];
  while (samples.length < LOOKED_AT) {
    const { value, done } = await batches.next();
    if (done) break;
    held.push(value);
    samples = samples.concat(value.samples);
  }
  async function* all(): AsyncGenerator<Batch> {
    yield* held.splice(0);
    yield* batches;
  }
  return { intervalMs: medianInterval(samples) ?? DEFAULT_MS, batches: all() };
}
