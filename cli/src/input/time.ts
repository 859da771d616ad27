const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))? ?([Zz]|[+-]\d{2}:?\d{2})?$/;
const NUMBER = /^-?\d+(\.\d+)?(e\+?\d+)?$/i;
/** From here on a number is in ms: in seconds it would be the year 5138, in ms it is 1973. */
const LEAST_MS = 1e11;
/** What a Date can hold. */
const GREATEST_MS = 8.64e15;

/** What `parseTime` takes, to complete "expected …". */
export const TIME_FORMATS =
  "RFC 3339 (2026-11-23T08:00:00Z), 2026-11-23 08:00:00 (UTC), or Unix seconds or milliseconds";

/**
 * A time in ms since the Unix epoch, whole; UTC where the text names no zone.
 * @returns undefined for text that is no time
 */
export function parseTime(text: string): number | undefined {
  if (NUMBER.test(text)) {
    const number = Number(text);
    const ms = Math.round(Math.abs(number) >= LEAST_MS ? number : number * 1000);
    return Math.abs(ms) <= GREATEST_MS ? ms : undefined;
  }
  const [, date, time = "00:00:00", zone = "Z"] = DATE_TIME.exec(text) ?? [];
  if (date === undefined) return undefined;
  const day = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes the 30th of February for the 1st of March.
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return undefined;
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** RFC 3339 in UTC, without the milliseconds where there are none. */
export const formatTime = (timeMs: number): string =>
  new Date(timeMs).toISOString().replace(".000Z", "Z");

const UNITS: readonly [ms: number, unit: string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1000, "s"],
];

/** A duration for people, in its two largest units: `5m`, `2h 30m`, `1.5s`. */
export function formatDuration(ms: number): string {
  const at = UNITS.findIndex(([size]) => ms >= size);
  const [size, unit] = UNITS[at] ?? [1, "ms"];
  const [nextSize, nextUnit] = UNITS[at + 1] ?? [0, ""];
  if (at === -1 || nextSize === 0) return `${Number((ms / size).toFixed(1))}${unit}`;
  const rest = Math.floor((ms % size) / nextSize);
  return `${Math.floor(ms / size)}${unit}${rest > 0 ? ` ${rest}${nextUnit}` : ""}`;
}
