import { DateTime, IANAZone, type Zone } from "luxon";

/** How times are written; without a format it is recognised. */
export type TimeOptions = { format?: string | undefined; zone: Zone };

const MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?`;
/** `20261123T080000`, `20261123` */
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:[Tt ]?(\d{2})(\d{2})(\d{2}(?:[.,]\d+)?)?)?(?=$|[^\d.,])/;
/** `Mon, 23 Nov 2026 08:00:00 GMT`, `23/Nov/2026:08:00:00 +0000` */
const DAY_FIRST = new RegExp(
  `^(?:[a-z]{3}, ?)?(\\d{1,2})[ /-](${MONTHS})[ /-](\\d{4})[: ](${CLOCK})(.*)$`,
  "i",
);
/** `Nov 23, 2026 @ 08:00:00.000`, as Kibana exports it */
const MONTH_FIRST = new RegExp(`^(${MONTHS}) (\\d{1,2}), (\\d{4}),?(?: @)? (${CLOCK})(.*)$`, "i");
/** `Mon Nov 23 08:00:00 UTC 2026` */
const YEAR_LAST = new RegExp(
  `^[a-z]{3} (${MONTHS}) {1,2}(\\d{1,2}) (${CLOCK})( (?:UTC|GMT))? (\\d{4})$`,
  "i",
);
const DATE_TIME = new RegExp(
  `^(\\d{4})([-/])(\\d{1,2})\\2(\\d{1,2})(?:(?:[Tt]| +)(${CLOCK}))? ?(.*)$`,
);
/** Whatever stands after an offset only names it again, as Go and Java write times. */
const ZONE =
  /^(?:(Z|UTC|GMT)|(?:UTC|GMT)?([+-]\d{2}):?(\d{2})?(?: (?:[A-Z]{1,5}|[+-]\d{2,4}))?)(?:\[[\w/+-]+\])?(?: m=[+-][\d.]+)?$/i;

const NUMBER = /^\d+(\.\d*)?(e\+?\d+)?$/i;
const SIGNED = /^[+-]?\d+(\.\d*)?(e\+?\d+)?$/i;
/** By the size of a number: from 1973 to 2286 they don't overlap. */
const UNIX_UNITS: readonly { min: number; max: number; perMs: number }[] = [
  { min: 1e8, max: 1e10, perMs: 1e-3 },
  { min: 1e11, max: 1e13, perMs: 1 },
  { min: 1e14, max: 1e16, perMs: 1e3 },
  { min: 1e17, max: 1e19, perMs: 1e6 },
];
/** Formats of numbers by their names. Excel counts days, and its day 25569 is 1970-01-01. */
const NUMBER_FORMATS: ReadonlyMap<string, (number: number) => number> = new Map([
  ["s", (number) => number * 1e3],
  ["ms", (number) => number],
  ["us", (number) => number / 1e3],
  ["ns", (number) => number / 1e6],
  ["excel", (number) => (number - 25_569) * 86_400_000],
]);
/** What a Date can hold. */
const MAX_MS = 8.64e15;

/** What `parseTime` takes, to complete "expected …". */
export const TIME_FORMATS =
  "RFC 3339 (2026-11-23T08:00:00Z), 2026-11-23 08:00:00, or Unix time in s, ms, µs or ns";

/** A reader of times that are written in one way. */
export function timeParser({ format, zone }: TimeOptions): (text: string) => number | undefined {
  if (format === undefined) return (text) => parseTime(text, zone);
  const toMs = NUMBER_FORMATS.get(format);
  if (toMs) return (text) => (SIGNED.test(text) ? wholeMs(toMs(Number(text))) : undefined);
  const parser = DateTime.buildFormatParser(format, { locale: "en" });
  return (text) => {
    const time = DateTime.fromFormatParser(text, parser, { zone, locale: "en" });
    return time.isValid ? time.toMillis() : undefined;
  };
}

const UTC = IANAZone.create("UTC");

/**
 * A time in ms since the Unix epoch, whole.
 * @param zone of a text that names none
 * @returns undefined for text that is no time
 */
export function parseTime(text: string, zone: Zone = UTC): number | undefined {
  if (NUMBER.test(text)) {
    const number = Number(text);
    const unit = UNIX_UNITS.find(({ min, max }) => number >= min && number < max);
    if (unit) return wholeMs(number / unit.perMs);
  }
  const [, year, , month, day, clock = "00:00", zoneText = ""] =
    DATE_TIME.exec(yearFirst(text)) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes the 30th of February for the 1st of March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) {
    return undefined;
  }
  const time = clock.replace(",", ".").replace(/^\d:/, "0$&");
  if (zoneText === "") {
    const localMs = Date.parse(`${date}T${time}Z`);
    return Number.isNaN(localMs) ? undefined : utcOf(localMs, zone);
  }
  const [isZone, utc, hours = "", minutes = "00"] = ZONE.exec(zoneText) ?? [];
  if (isZone === undefined) return undefined;
  const ms = Date.parse(`${date}T${time}${utc === undefined ? `${hours}:${minutes}` : "Z"}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The other forms that name each part of a time, as `2026-11-23 08:00:00`, with what follows. */
function yearFirst(text: string): string {
  const month = (name: string): string => {
    const index = MONTHS.toLowerCase().split("|").indexOf(name.toLowerCase());
    return String(index + 1).padStart(2, "0");
  };
  return text
    .replace(COMPACT, (_, year, month, day, hour = "00", minute = "00", second = "00") =>
      [year, month, day].join("-").concat(` ${hour}:${minute}:${second}`),
    )
    .replace(DAY_FIRST, (_, day, name, year, clock, zone) =>
      `${year}-${month(name)}-${day} ${clock} ${zone.trim()}`.trimEnd(),
    )
    .replace(MONTH_FIRST, (_, name, day, year, clock, zone) =>
      `${year}-${month(name)}-${day} ${clock} ${zone.trim()}`.trimEnd(),
    )
    .replace(
      YEAR_LAST,
      (_, name, day, clock, zone = "", year) => `${year}-${month(name)}-${day} ${clock}${zone}`,
    );
}

/** A local time as UTC; of one that comes twice, as when the clocks go back, the first. */
function utcOf(localMs: number, zone: Zone): number {
  if (zone === UTC) return localMs;
  const candidates = [localMs - 86_400_000, localMs + 86_400_000].map(
    (aroundMs) => localMs - zone.offset(aroundMs) * 60_000,
  );
  const fitting = candidates.filter((utcMs) => utcMs + zone.offset(utcMs) * 60_000 === localMs);
  // In the hour that is left out when they go forward, the clocks have not changed yet.
  return fitting.length > 0 ? Math.min(...fitting) : (candidates[0] ?? localMs);
}

function wholeMs(ms: number): number | undefined {
  return Math.abs(ms) <= MAX_MS ? Math.round(ms) : undefined;
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
