import type { Fields } from "./checkpoint.ts";

/** The views of a series that are looked at: three means, and the distance to what is usual at a time of day. */
export const VIEWS = 4;
/** Ranges in a view, such as that of a drop and that of the burst behind it. */
const RANGES = 2;
/** Numbers of a view, and of all views. */
const VIEW_ENDS = 2 * RANGES;
const ENDS = VIEW_ENDS * VIEWS;

/** Ranges of values by view, each by its two ends; NaN where there is none. */
export type Ranges = Float32Array;

/** Whether a normal value lies between the two. */
export type IsApart = (low: number, high: number) => boolean;

export const noRanges = (): Ranges => new Float32Array(ENDS).fill(Number.NaN);

/** Takes a value into a view: values between which a normal one lies are of two ranges. */
export function extend(ranges: Ranges, view: number, value: number, isApart: IsApart): void {
  const first = view * VIEW_ENDS;
  let nearest = first;
  let distance = Number.POSITIVE_INFINITY;
  for (let end = first; end < first + VIEW_ENDS; end += 2) {
    const low = ranges[end] ?? Number.NaN;
    const high = ranges[end + 1] ?? Number.NaN;
    if (Number.isNaN(low)) {
      nearest = end;
      break;
    }
    const here = Math.max(0, low - value, value - high);
    if (here >= distance) continue;
    distance = here;
    nearest = end;
    if (!isApart(Math.min(value, high), Math.max(value, low))) break;
  }
  include(ranges, nearest, value, value);
}

/** Takes the ranges of others in, each into the one that is nearest. */
export function unite(ranges: Ranges, others: Ranges): void {
  for (let view = 0; view < VIEWS; view++) {
    const first = view * VIEW_ENDS;
    for (let other = first; other < first + VIEW_ENDS; other += 2) {
      const low = others[other] ?? Number.NaN;
      const high = others[other + 1] ?? Number.NaN;
      if (Number.isNaN(low)) break;
      let nearest = first;
      let distance = Number.POSITIVE_INFINITY;
      for (let end = first; end < first + VIEW_ENDS; end += 2) {
        const isFree = Number.isNaN(ranges[end]);
        // A free place is taken rather than a range that doesn't overlap.
        const here = isFree ? Number.MIN_VALUE : distanceBetween(ranges, end, low, high);
        if (here >= distance) continue;
        distance = here;
        nearest = end;
      }
      include(ranges, nearest, low, high);
    }
  }
}

function include(ranges: Ranges, end: number, low: number, high: number): void {
  if (!((ranges[end] ?? Number.NaN) <= low)) ranges[end] = low;
  if (!((ranges[end + 1] ?? Number.NaN) >= high)) ranges[end + 1] = high;
}

const distanceBetween = (ranges: Ranges, end: number, low: number, high: number): number =>
  Math.max(0, (ranges[end] ?? 0) - high, low - (ranges[end + 1] ?? 0));

/** From a value to the nearest range of the view; Infinity where there is none. */
export function distanceTo(ranges: Ranges, view: number, value: number): number {
  const first = view * VIEW_ENDS;
  let nearest = Number.POSITIVE_INFINITY;
  for (let end = first; end < first + VIEW_ENDS; end += 2) {
    if (Number.isNaN(ranges[end])) break;
    nearest = Math.min(nearest, distanceBetween(ranges, end, value, value));
  }
  return nearest;
}

/** How far a value is beyond the farthest range of the view; Infinity where there is none. */
export function beyond(ranges: Ranges, view: number, value: number, isAbove: boolean): number {
  const first = view * VIEW_ENDS;
  let least = Number.POSITIVE_INFINITY;
  for (let end = first; end < first + VIEW_ENDS; end += 2) {
    if (Number.isNaN(ranges[end])) break;
    const here = isAbove ? value - (ranges[end + 1] ?? 0) : (ranges[end] ?? 0) - value;
    least = Math.min(least, Math.max(0, here));
  }
  return least;
}

/** Whether two have values in common in every view that both have ranges in, and both or none in the first. */
export function overlap(ranges: Ranges, others: Ranges): boolean {
  if (Number.isNaN(ranges[0]) !== Number.isNaN(others[0])) return false;
  let common = 0;
  for (let view = 0; view < VIEWS; view++) {
    const first = view * VIEW_ENDS;
    if (Number.isNaN(ranges[first]) || Number.isNaN(others[first])) continue;
    let nearest = Number.POSITIVE_INFINITY;
    for (let end = first; end < first + VIEW_ENDS; end += 2) {
      const low = ranges[end] ?? Number.NaN;
      if (Number.isNaN(low)) break;
      for (let other = first; other < first + VIEW_ENDS; other += 2) {
        const here = distanceBetween(others, other, low, ranges[end + 1] ?? low);
        if (here < nearest) nearest = here;
      }
    }
    if (nearest > 0) return false;
    common += 1;
  }
  return common > 0;
}

/** @param margins by view, by how much each range grows at both ends */
export function widen(ranges: Ranges, margins: Float32Array): void {
  for (let end = 0; end < ENDS; end += 2) {
    const margin = margins[Math.floor(end / VIEW_ENDS)] ?? 0;
    ranges[end] = (ranges[end] ?? Number.NaN) - margin;
    ranges[end + 1] = (ranges[end + 1] ?? Number.NaN) + margin;
  }
}

/** Only those that there are take bytes. */
export function rangesFields(fields: Fields, ranges: Ranges): void {
  for (let view = 0; view < VIEWS; view++) {
    // Not a subarray: V8 keeps so small an array within its heap until something else has a part in it.
    const ofView = ranges.slice(view * VIEW_ENDS, (view + 1) * VIEW_ENDS);
    const free = ofView.findIndex((end) => Number.isNaN(end));
    const size = fields.integer(free < 0 ? VIEW_ENDS : free, VIEW_ENDS);
    fields.floats(ofView, size);
    ofView.fill(Number.NaN, size);
    ranges.set(ofView, view * VIEW_ENDS);
  }
}
