import { type DecodedResponse, Direction, type Metric, State } from "@outliers/proto";
import type { Flag, Series, State as SeriesState, Verdict } from "./series.ts";
import { rangeOf } from "./sources/source.ts";

/** Consecutive samples of one series in a batch; `start` is the first one's position in it. */
type Part = { series: Series; from: number; end: number; start: number };

/** Samples of several series as the metrics of one request. */
export type Batch = { metrics: Metric[]; parts: Part[] };

/** Which samples of a series are to go into a request: those from one sequence number on. */
export type Wanted = { series: Series; from: number };

const states = new Map<number, SeriesState>([
  [State.STATE_WARMING_UP, "warming_up"],
  [State.STATE_CONSTANT, "constant"],
  [State.STATE_READY, "ready"],
]);

/**
 * Makes a request of the wanted samples, as many as fit.
 * @param isWhole whether a series' samples have to stay together: what doesn't fit then waits
 */
export function buildBatch(wanted: Iterable<Wanted>, maxMetrics: number, isWhole: boolean): Batch {
  const batch: Batch = { metrics: [], parts: [] };
  for (const { series, from } of wanted) {
    const room = maxMetrics - batch.metrics.length;
    const isTooLarge = series.samples.pushed - from > room;
    if (isTooLarge && isWhole && batch.parts.length > 0) continue;
    const end = isTooLarge && !isWhole ? from + room : series.samples.pushed;
    if (end <= from) continue;
    batch.parts.push({ series, from, end, start: batch.metrics.length });
    for (let sequence = from; sequence < end; sequence++) {
      const { timeMs, value } = series.samples.at(sequence);
      batch.metrics.push({ time: toTimestamp(timeMs), name: series.name, value });
    }
  }
  return batch;
}

/**
 * Gives the verdicts on a batch to its series.
 * @returns the flags that are new, by series
 */
export function applyVerdicts({ parts }: Batch, response: DecodedResponse, nowMs: number) {
  const stateOf = new Map(response.series.map(({ name, state }) => [name, states.get(state)]));
  return parts.flatMap(({ series, from, end, start }) => {
    const last = start + end - from - 1;
    const range = rangeOf(series.name);
    const flags = response.explanations
      .filter(({ index }) => start <= index && index <= last)
      .map(({ index, direction, reason }) => {
        const sequence = from + index - start;
        const flag: Flag = {
          sample: series.samples.at(sequence),
          verdict: verdictAt(response, index, range),
          direction: direction === Direction.DIRECTION_DOWN ? "down" : "up",
          reason,
        };
        return { sequence, flag };
      });
    const state = stateOf.get(series.name) ?? "warming_up";
    const verdictOf = (sequence: number) => verdictAt(response, start + sequence - from, range);
    const verdicts = { from, end, verdictOf, state, flags };
    return series.judge(verdicts, nowMs).map((flag) => ({ series, flag }));
  });
}

function verdictAt(
  { scores, expected, lower, upper }: DecodedResponse,
  index: number,
  { least, greatest }: ReturnType<typeof rangeOf>,
): Verdict {
  return {
    score: scores[index] ?? Number.NaN,
    expected: expected[index] ?? Number.NaN,
    // The detector knows no units: its band may reach beyond what there can be.
    lower: Math.max(least, lower[index] ?? Number.NaN),
    upper: Math.min(greatest, upper[index] ?? Number.NaN),
  };
}

/** @see https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
function toTimestamp(timeMs: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(timeMs / 1000);
  return { seconds, nanos: Math.round((timeMs - seconds * 1000) * 1e6) };
}
