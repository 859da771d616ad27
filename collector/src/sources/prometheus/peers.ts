import { type SeriesDescription, seriesId } from "../../series.ts";
import type { Reading } from "../source.ts";

/** The median of three is not moved far by one of them; that of fewer is. */
export const MIN_PEERS = 3;
/**
 * How long one member after the other stands for the typical one: longer than any mean that is looked at,
 * and short enough that the detector sees each of a small group often.
 */
const TURN_SAMPLES = 25;
/** After so many steps a new member counts for the others, and for so many the last ones are kept. */
const SETTLED_STEPS = 20;
/** In this time, half of what a reference was moved by is taken back. */
const MOVED_HALF_LIFE_MS = 86_400_000;

/** The values of a step by the ids of the members. */
type Values = ReadonlyMap<string, number>;

/** Where a group is. */
type Group = {
  timeMs: number;
  /** Its last steps, the newest last. */
  steps: readonly Values[];
  /** The members whose median it is. */
  settled: ReadonlySet<string>;
  /** How far the reference of each is from the median, so that it does not jump with the members. */
  moved: Values;
};

/**
 * Compares the series of a query with their peers, those of the same group: the reference of a reading
 * is the median of the others at its time. When members come and go, it stays where it was, and follows
 * the median of the new ones slowly. One more series for each group is that of its typical member, for
 * which the members stand in turn: what is learned of it is where a new member begins.
 */
export class Peers {
  /** By the id of the group's typical member. */
  #groups = new Map<string, Group>();

  /** Goes on from where another one is. */
  follow(other: Peers): void {
    this.#groups = new Map(other.#groups);
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
        const group = next(this.#groups.get(id), timeMs, values);
        this.#groups.set(id, group);
        const others = mediansOfOthers(values, group.settled);
        for (const member of members) {
          const memberId = seriesId(member.series);
          referenceOf.set(member, others(memberId) + (group.moved.get(memberId) ?? 0));
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

/** The group after one more step. */
function next(before: Group | undefined, timeMs: number, values: Values): Group {
  const steps = [...(before?.steps.slice(1 - SETTLED_STEPS) ?? []), values];
  const settled = settledOf(before, steps, values);
  const isMoved = before && (before.moved.size > 0 || settled !== before.settled);
  if (!isMoved) return { timeMs, steps, settled, moved: new Map() };
  const kept = 2 ** (-Math.abs(timeMs - before.timeMs) / MOVED_HALF_LIFE_MS);
  const shift = shiftOf(before, settled);
  const usual = median([...before.moved.values()]) || 0;
  // Those that are away for a moment go on where they were.
  const away = [...before.moved.keys()].filter(
    (id) => !values.has(id) && steps.some((step) => step.has(id)),
  );
  const moved = new Map<string, number>();
  for (const id of [...values.keys(), ...away])
    moved.set(id, kept * (before.moved.get(id) ?? usual) - shift(id));
  return { timeMs, steps, settled, moved };
}

/** The members that count for the others: those that did, and those that have been there for some time. */
function settledOf(
  before: Group | undefined,
  steps: readonly Values[],
  values: Values,
): ReadonlySet<string> {
  const isSettled = (id: string): boolean =>
    before?.settled.has(id) ||
    (steps.length === SETTLED_STEPS && steps.every((step) => step.has(id)));
  const settled = [...values.keys()].filter(isSettled);
  const isSame =
    before?.settled.size === settled.length && settled.every((id) => before.settled.has(id));
  if (isSame) return before.settled;
  return new Set(settled.length > MIN_PEERS ? settled : values.keys());
}

/** How far the median of the others moves for each member as other ones count: on average, lately. */
function shiftOf({ settled: before, steps }: Group, now: ReadonlySet<string>) {
  if (before === now) return () => 0;
  const all = [...before, ...now];
  const comparable = steps.filter((step) => all.every((id) => step.has(id)));
  const medians = comparable.map((step) => ({
    now: mediansOfOthers(step, now),
    before: mediansOfOthers(step, before),
  }));
  return (id: string): number =>
    medians.reduce((sum, of) => sum + of.now(id) - of.before(id), 0) / (medians.length || 1);
}

/** @returns for the id of a member, the median of the values of those that count, itself left out */
export function mediansOfOthers(values: Values, counting: ReadonlySet<string>) {
  const sorted = [...counting]
    .flatMap((id) => {
      const value = values.get(id);
      return value === undefined ? [] : [{ id, value }];
    })
    .toSorted((a, b) => a.value - b.value);
  const rankOf = new Map(sorted.map(({ id }, rank) => [id, rank]));
  return (id: string): number => {
    const rank = rankOf.get(id) ?? sorted.length;
    const others = sorted.length - Number(rankOf.has(id));
    const other = (nth: number): number => sorted[nth < rank ? nth : nth + 1]?.value ?? Number.NaN;
    const upper = other(Math.floor(others / 2));
    return others % 2 === 1 ? upper : other(others / 2 - 1) / 2 + upper / 2;
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : upper / 2 + (sorted[sorted.length / 2 - 1] ?? 0) / 2;
}
