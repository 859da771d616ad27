import type { SeriesDescription } from "../../series.ts";
import type { Reading } from "../source.ts";

/** The median of three is not moved far by one of them; that of fewer is. */
export const MIN_PEERS = 3;
/** How long one member after the other stands for the typical one: longer than any mean that is judged. */
const TURN_SAMPLES = 100;

/**
 * Readings of a query whose series are judged by their peers, those of the same group: each gets the
 * median of the others at its time as its reference. One more series for each group is that of its
 * typical member, for which the members stand in turn: what is learned of it is where a new member
 * begins.
 * @returns the readings, those of typical members first, and how many had too few peers; each series
 * is in order of time
 */
export function amongPeers(readings: readonly Reading[]): { readings: Reading[]; alone: number } {
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
    for (const [timeMs, members] of [...byTime].toSorted(([a], [b]) => a - b)) {
      if (members.length <= MIN_PEERS) continue;
      const medians = mediansOfOthers(members.map(({ value }) => value));
      for (const [at, member] of members.entries()) referenceOf.set(member, medians[at] ?? 0);
      const turn = Math.floor(timeMs / (TURN_SAMPLES * series.intervalMs)) % members.length;
      const value = members[turn]?.value ?? 0;
      typical.push({ series, value, timeMs, reference: medians[turn] ?? 0 });
    }
  }
  const judged = readings.flatMap((reading) => {
    const reference = referenceOf.get(reading);
    return reference === undefined ? [] : [{ ...reading, reference }];
  });
  return { readings: [...typical, ...judged], alone: readings.length - judged.length };
}

/** For each value, the median of the others; with one value, NaN. */
export function mediansOfOthers(values: readonly number[]): number[] {
  const others = values.length - 1;
  const order = [...values.keys()].toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const medians = values.map(() => Number.NaN);
  for (const [rank, at] of order.entries()) {
    const other = (nth: number): number =>
      values[order[nth < rank ? nth : nth + 1] ?? -1] ?? Number.NaN;
    const upper = other(Math.floor(others / 2));
    medians[at] = others % 2 === 1 ? upper : other(others / 2 - 1) / 2 + upper / 2;
  }
  return medians;
}
