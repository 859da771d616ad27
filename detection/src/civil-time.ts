const QUARTER_MS = 900_000;
const LAST_DATE_MS = 8.64e15;
/** Formatters are large, and there are few time zones: shared by all series. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "iso8601",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  formatters.set(timeZone, formatter);
  return formatter;
}

/** What the clocks of a time zone show, daylight saving included. */
export class CivilTime {
  readonly #formatter: Intl.DateTimeFormat | undefined;
  #quarter = Number.NaN;
  #offsetMs = 0;

  /** @throws {RangeError} when there is no such time zone */
  constructor(timeZone: string) {
    this.#formatter = timeZone === "UTC" ? undefined : formatterOf(timeZone);
  }

  /** The time as if the clocks showed UTC. They only change at quarters of an hour. */
  of(timeMs: number): number {
    if (!this.#formatter) return timeMs;
    const quarter = Math.floor(timeMs / QUARTER_MS);
    if (quarter !== this.#quarter) {
      this.#quarter = quarter;
      this.#offsetMs = offsetAt(this.#formatter, quarter * QUARTER_MS);
    }
    return timeMs + this.#offsetMs;
  }
}

function offsetAt(formatter: Intl.DateTimeFormat, timeMs: number): number {
  if (Math.abs(timeMs) > LAST_DATE_MS) return 0;
  const parts = new Map(formatter.formatToParts(timeMs).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const shown = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"));
  return shown - Math.floor(timeMs / 60_000) * 60_000;
}
