import { type SeriesDescription, seriesId } from "../../series.ts";
import type { Reading } from "../source.ts";

/** The median of three is not moved far by one of them; that of fewer is. */
export const MIN_PEERS = 3;
/**
 * How long one member after the other stands for the typical one: longer than any mean that is looked at,
 * and short enough that the detector sees each of a small group often.
 */
const TURN_SAMPLES = 25;
/** In this time, half of what a reference was moved by is taken back. */
const MOVED_HALF_LIFE_MS = 86_400_000;

/** What a group was at its last step. */
type Step = {
  timeMs: number;
  /** The value of each member, by its id. */
  values: ReadonlyMap<string, number>;
  /** How far the reference of each is from the median, so that it does not jump with the members. */
  moved: ReadonlyMap<string, number>;
};

/**
 * Compares the series of a query with their peers, those of the same group: the reference of a reading
 * is the median of the others at its time. When members come and go, it stays where it was, and follows
 * the median of the new ones slowly. One more series for each group is that of its typical member, for
 * which the members stand in turn: what is learned of it is where a new member begins.
 */
export class Peers {
  /** By the id of the group's typical member. */
  #steps = new Map<string, Step>();

  /** Goes on from where another one is. */
  follow(other: Peers): void {
    this.#steps = new Map(other.#steps);
  }

  /**
   * @param readings of any times, each series in order of time
   * @returns the readings, those of typical members first, each series in order of time; those with too
   * few peers have no reference
   */
  compare(readings: readonly Reading[]): Reading[] {
    const groups = new Map<SeriesDescription, Map<number, Reading[]>>();
    for (const reading of readings) {
      const { timeMs = 0, series } = reading;
      if (!series.typical) continue;
      const byTime = groups.get(series.typical) ?? new Map<number, Reading[]>();
      groups.set(series.typical, byTime);
      const members = byTime.get(timeMs);
      if (members) members.push(reading);
      else byTime.set(timeMs, [reading]);
    }
    const referenceOf = new Map<Reading, number>();
    const typical: Reading[] = [];
    for (const [series, byTime] of groups) {
      const id = seriesId(series);
      for (const [timeMs, members] of [...byTime].toSorted(([a], [b]) => a - b)) {
        if (members.length <= MIN_PEERS) continue;
        const values = new Map(members.map((member) => [seriesId(member.series), member.value]));
        const moved = movedBy(values, timeMs, this.#steps.get(id));
        this.#steps.set(id, { timeMs, values, moved });
        const medians = mediansOfOthers(values);
        for (const member of members) {
          const memberId = seriesId(member.series);
          const median = medians.get(memberId) ?? member.value;
          referenceOf.set(member, median + (moved.get(memberId) ?? 0));
        }
        const turn = Math.floor(timeMs / (TURN_SAMPLES * series.intervalMs)) % members.length;
        const member = members[turn];
        const reference = member && referenceOf.get(member);
        if (member && reference !== undefined)
          typical.push({ series, timeMs, value: member.value, reference });
      }
    }
    const compared = readings.map((reading) => {
      const reference = referenceOf.get(reading);
      return reference === undefined ? reading : { ...reading, reference };
    });
    return [...typical, ...compared];
  }
}

/** How far the references of a step are to be from the medians, by member. */
function movedBy(
  values: ReadonlyMap<string, number>,
  timeMs: number,
  before: Step | undefined,
): ReadonlyMap<string, number> {
  const common = new Map([...values].filter(([id]) => before?.values.has(id)));
  if (!before || common.size <= MIN_PEERS) return new Map();
  const kept = 2 ** (-Math.abs(timeMs - before.timeMs) / MOVED_HALF_LIFE_MS);
  const moved = new Map([...common.keys()].map((id) => [id, kept * (before.moved.get(id) ?? 0)]));
  if (common.size === values.size && common.size === before.values.size) return moved;
  const commonBefore = new Map([...common.keys()].map((id) => [id, before.values.get(id) ?? 0]));
  const [all, some] = [mediansOfOthers(values), mediansOfOthers(common)];
  const [allBefore, someBefore] = [mediansOfOthers(before.values), mediansOfOthers(commonBefore)];
  const differenceOf = (
    id: string,
    a: ReadonlyMap<string, number>,
    b: ReadonlyMap<string, number>,
  ) => (a.get(id) ?? 0) - (b.get(id) ?? 0);
  for (const id of common.keys()) {
    const left = differenceOf(id, someBefore, allBefore);
    const joined = differenceOf(id, all, some);
    moved.set(id, (moved.get(id) ?? 0) - left - joined);
  }
  const usual = median([...moved.values()]);
  return new Map([...values.keys()].map((id) => [id, moved.get(id) ?? usual]));
}

/** For each value, the median of the others. */
export function mediansOfOthers(values: ReadonlyMap<string, number>): Map<string, number> {
  const sorted = [...values].toSorted(([, a], [, b]) => a - b);
  const others = sorted.length - 1;
  return new Map(
    sorted.map(([id], rank) => {
      const other = (nth: number): number => sorted[nth < rank ? nth : nth + 1]?.[1] ?? Number.NaN;
      const upper = other(Math.floor(others / 2));
      return [id, others % 2 === 1 ? upper : other(others / 2 - 1) / 2 + upper / 2];
    }),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : upper / 2 + (sorted[sorted.length / 2 - 1] ?? 0) / 2;
}
