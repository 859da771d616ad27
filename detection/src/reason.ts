import { DAY_MS, HOUR_MS, MINUTE_MS } from "./durations.ts";

/** Why a sample is an outlier, with the figures that a reason is made of. */
export type Cause =
  | {
      kind: "gap";
      /** Over how many values the mean is that is novel. */
      length: number;
      mean: number;
      /** What is known: its ends, and the nearest ones below and above, NaN if there are none. */
      min: number;
      max: number;
      below: number;
      above: number;
      /** Whether the time of day is known to tell the level, and so was looked at, too. */
      isSeasonal: boolean;
      memoryMs: number;
    }
  | { kind: "time of day"; mean: number; low: number; high: number; memoryMs: number }
  | { kind: "standstill"; run: number; longest: number };

/** In words, for people; nothing for what is no outlier. */
export function reasonOf(cause: Cause | undefined, value: number): string {
  switch (cause?.kind) {
    case undefined:
      return "";
    case "gap": {
      const what =
        cause.length === 1
          ? short(cause.mean)
          : `the mean of the last ${cause.length} values, ${short(cause.mean)},`;
      const anyTime = cause.isSeasonal ? ", at any time of day" : "";
      const memory = `${memoryOf(cause.memoryMs)}${anyTime}`;
      if (Number.isNaN(cause.min)) return `${what} is new: nothing was seen in ${memory}`;
      if (!(cause.mean >= cause.min && cause.mean <= cause.max)) {
        const side = cause.mean > cause.max ? "above" : "below";
        return `${what} is far ${side} the ${range(cause.min, cause.max)} seen in ${memory}`;
      }
      return `${what} is far from anything seen in ${memory}: the nearest are ${short(cause.below)} and ${short(cause.above)}`;
    }
    case "time of day": {
      const side = cause.mean > cause.high ? "above" : "below";
      return `the mean of the last 15 minutes, ${short(cause.mean)}, is far ${side} the ${range(cause.low, cause.high)} usual at this time of day in ${memoryOf(cause.memoryMs)}`;
    }
    case "standstill":
      return `${short(value)} has not changed for ${cause.run} samples, and never stood still for more than ${cause.longest}`;
  }
}

/** A dash between numbers that may have a sign would be read as one. */
function range(low: number, high: number): string {
  // What is remembered is rounded: next to the other end, it may be a 0.
  const least = Math.max(Math.abs(low), Math.abs(high)) / 10_000;
  const [from = "", to = ""] = [low, high].map((end) => short(Math.abs(end) < least ? 0 : end));
  if (from === to) return from;
  return low < -least || high < -least ? `${from} to ${to}` : `${from}–${to}`;
}

function memoryOf(memoryMs: number): string {
  if (memoryMs >= 2 * DAY_MS) return `the last ${Math.round(memoryMs / DAY_MS)} days`;
  if (memoryMs >= 2 * HOUR_MS) return `the last ${Math.round(memoryMs / HOUR_MS)} hours`;
  const minutes = Math.max(1, Math.round(memoryMs / MINUTE_MS));
  return minutes === 1 ? "the last minute" : `the last ${minutes} minutes`;
}

/** A number as people read it: three digits. */
export const short = (value: number): string => {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1e6 || (rounded !== 0 && Math.abs(rounded) < 1e-3)
    ? rounded.toExponential()
    : String(rounded);
};
