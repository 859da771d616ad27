import { Events } from "@outliers/detection/event";
import type { State as SeriesState } from "@outliers/detection/method";
import { short } from "@outliers/detection/reason";
import { type DecodedResponse, Direction, EventPhase, type Metric, State } from "@outliers/proto";
import { type Sample, scoredValue } from "./sample-buffer.ts";
import type { Series } from "./series.ts";
import type { Detected, Outlier, Verdict } from "./sink.ts";

/** Consecutive samples of one series in a batch; `start` is the first one's position in it. */
type Part = { series: Series; from: number; end: number; start: number };

/** Samples of several series as the metrics of one request. */
export type Batch = { metrics: Metric[]; parts: Part[] };

/** The samples of a series to put into a request: those from a sequence number on. */
export type Wanted = { series: Series; from: number };

const states = new Map<number, SeriesState>([
  [State.STATE_WARMING_UP, "warming_up"],
  [State.STATE_CONSTANT, "constant"],
  [State.STATE_READY, "ready"],
]);

/**
 * Builds a request from as many of the wanted samples as fit.
 * @param isWhole whether a series' samples must stay together; if they don't fit, the series waits
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
      const sample = series.samples.at(sequence);
      const time = toTimestamp(sample.timeMs);
      batch.metrics.push({ time, name: series.id, value: scoredValue(sample) });
    }
  }
  return batch;
}

/**
 * Stores the checkpoints of a response in their series.
 * @param normalsOf the periods that the detector knows to be normal
 * @returns these series
 */
export function takeCheckpoints(
  all: Iterable<Series>,
  { checkpoints, series: reported }: DecodedResponse,
  normalsOf: (series: Series) => Iterable<string>,
): Series[] {
  const checkpointOf = new Map(checkpoints.map((one) => [one.name, one]));
  const stateOf = new Map(reported.map(({ name, state }) => [name, state]));
  return [...all].filter((series) => {
    const { state, time } = checkpointOf.get(series.id) ?? {};
    // While it warms up, its samples are all that there is to know.
    const isWarm = stateOf.get(series.id) !== State.STATE_WARMING_UP;
    if (!state || !time || !isWarm) return false;
    // A copy: the response's own would keep all of its memory.
    series.checkpoint = {
      state: Uint8Array.from(state),
      timeMs: fromTimestamp(time),
      normals: [...normalsOf(series)],
    };
    return true;
  });
}

const fromTimestamp = ({ seconds, nanos }: { seconds: number; nanos: number }): number =>
  seconds * 1000 + nanos / 1e6;

/** The verdicts on those samples of a batch that had none yet, by series. */
export function newVerdicts({ parts }: Batch, response: DecodedResponse) {
  const stateOf = new Map(response.series.map((one) => [one.name, one]));
  const explanations = new Map(response.explanations.map((one) => [one.index, one]));
  return parts.flatMap(({ series, from, end, start }) => {
    const first = Math.max(from, series.scored);
    if (end <= first) return [];
    const indexOf = (sequence: number): number => start + sequence - from;
    const samples: Sample[] = [];
    const verdicts: Verdict[] = [];
    for (let sequence = first; sequence < end; sequence++) {
      const sample = series.samples.at(sequence);
      samples.push(sample);
      verdicts.push(verdictAt(response, indexOf(sequence), series, sample));
    }
    // A detector that predates events doesn't report them: apply its rule to this batch alone.
    const own = new Events();
    const positions = response.indices
      .filter((index) => index >= start && index < indexOf(end))
      .map((index) => index - start);
    const { intervalMs } = series.description;
    const ownPhases = own.push(positions, end - from, intervalMs);
    const outliers = positions.flatMap((position, nth): Outlier[] => {
      const sequence = from + position;
      const sample = samples[sequence - first];
      const verdict = verdicts[sequence - first];
      if (!sample || !verdict) return [];
      const explanation = explanations.get(start + position);
      return [
        {
          sample,
          verdict,
          direction: explanation?.direction === Direction.DIRECTION_DOWN ? "down" : "up",
          reason: reasonOf(explanation?.reason ?? "", sample),
          phase: phaseOf(explanation?.event) ?? ownPhases[nth] ?? "begins",
        },
      ];
    });
    const reported = stateOf.get(series.id);
    const detected: Detected = {
      from: first,
      samples,
      verdicts,
      outliers,
      state: states.get(reported?.state ?? State.STATE_UNSPECIFIED) ?? "ready",
      isEventOpen: reported?.eventOpen || own.isUnderWay(intervalMs),
    };
    return [{ series, detected }];
  });
}

function phaseOf(phase: EventPhase | undefined): Outlier["phase"] | undefined {
  if (phase === EventPhase.EVENT_PHASE_BEGINS) return "begins";
  return phase === EventPhase.EVENT_PHASE_CONTINUES ? "continues" : undefined;
}

function verdictAt(
  { scores, expected, lower, upper }: DecodedResponse,
  index: number,
  { description: { min, max } }: Series,
  { reference = 0 }: Sample,
): Verdict {
  return {
    score: scores[index] ?? Number.NaN,
    expected: (expected[index] ?? Number.NaN) + reference,
    // The detector doesn't know the series' range: its band may extend beyond it.
    lower: Math.max(min, (lower[index] ?? Number.NaN) + reference),
    upper: Math.min(max, (upper[index] ?? Number.NaN) + reference),
  };
}

/** The figures in a reason are those that were judged. */
const reasonOf = (reason: string, { reference }: Sample): string =>
  reference === undefined
    ? reason
    : `difference from the median of its peers, ${short(reference)}: ${reason}`;

/** @see https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
export function toTimestamp(timeMs: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(timeMs / 1000);
  return { seconds, nanos: Math.round((timeMs - seconds * 1000) * 1e6) };
}
