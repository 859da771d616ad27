// @ts-check
// Series, values and times as people read them.

/**
 * The collector's description of a series: its id, its name, the one that people see, its labels, its
 * unit, the range of possible values, null where it is unbounded, the time between two samples, and
 * whether it is listed, because there are too many to draw.
 * @typedef {{
 *   id: string, name: string, title: string, labels: Record<string, string>,
 *   unit: "percent" | "none", min: number | null, max: number | null, intervalMs: number,
 *   isListed: boolean,
 * }} Description
 */

/** @typedef {Pick<Description, "unit">} Unit */

const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];

/**
 * A number of a series without its unit: one decimal for percent, else two, fewer digits before a
 * decimal prefix as in `8.123G`, and three digits of what is small.
 * @param {Unit} series
 * @param {number | null} value
 */
export function numberOf({ unit }, value) {
  if (value === null) return "–";
  if (unit === "percent") return String(Number(value.toFixed(1)));
  const size = Math.abs(value);
  if (size < 0.1) return String(Number(value.toPrecision(3)));
  if (size < 1000) return String(Number(value.toFixed(2)));
  if (size < 99_999.5) return String(Math.round(value));
  const rounded = Number(value.toPrecision(4));
  const power = Math.floor(Math.log10(Math.abs(rounded)) / 3);
  const prefix = PREFIXES[power];
  return prefix === undefined
    ? String(rounded)
    : `${Number((rounded / 1000 ** power).toPrecision(4))}${prefix}`;
}

/**
 * A value with its unit, separated by a no-break space.
 * @param {Unit} series
 * @param {number | null} value
 */
export const withUnit = (series, value) =>
  series.unit === "percent" && value !== null
    ? `${numberOf(series, value)}\u00a0%`
    : numberOf(series, value);

/**
 * The expected band: "3 to 20".
 * @param {Unit} series
 * @param {number | null} lower
 * @param {number | null} upper
 */
export const bandOf = (series, lower, upper) =>
  `${numberOf(series, lower)} to ${numberOf(series, upper)}`;

/** @typedef {{ score: number | null, lower: number | null, upper: number | null }} Verdict */

/**
 * The verdict on a value: "expected 3 to 20, score 0.31".
 * @param {Unit} series
 * @param {Verdict} verdict
 */
export function verdictOf(series, { score, lower, upper }) {
  if (score === null || lower === null || upper === null) return "no verdict yet";
  return `expected ${bandOf(series, lower, upper)}, score ${score.toFixed(2)}`;
}

/**
 * The labels of a series, as its id ends with them: `{instance="web-1"}`.
 * @param {string} id
 */
export const labelsOfId = (id) => /\{.*\}$/s.exec(id)?.[0] ?? "";

/**
 * What people call a series, where its title alone could be another's.
 * @param {string} title
 * @param {string} id
 */
export const fullName = (title, id) => `${title}${labelsOfId(id)}`;

/**
 * A label as it is searched for.
 * @param {string} label
 * @param {string} value
 */
export const wordOf = (label, value) =>
  /\s/.test(value) ? `${label}="${value}"` : `${label}=${value}`;

/**
 * How far a series is from its first verdict: "warming up, 63 samples to go (1 min)".
 * @param {number} samples how many it still needs
 * @param {number} intervalMs
 */
export function warmUpOf(samples, intervalMs) {
  const seconds = Math.ceil((samples * intervalMs) / 1000);
  const [number, unit] =
    seconds < 100
      ? [seconds, "s"]
      : seconds < 6000
        ? [Math.round(seconds / 60), "min"]
        : [Math.round(seconds / 3600), "h"];
  return `warming up, ${samples} ${samples === 1 ? "sample" : "samples"} to go (${number}\u00a0${unit})`;
}

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/**
 * A time of day, as 14:02:31.
 * @param {number} timeMs
 */
export const timeOf = (timeMs) => clock.format(timeMs);

const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/**
 * A time as 14:02:31, or as 22 Nov, 14:02:31 when that is not today.
 * @param {number} timeMs
 * @param {number} nowMs
 */
export function momentOf(timeMs, nowMs) {
  const day = calendar.format(timeMs);
  return day === calendar.format(nowMs) ? timeOf(timeMs) : `${day}, ${timeOf(timeMs)}`;
}

/** The part of what is possible above which an axis shows all of it. */
const NEAR_END = 0.7;

/**
 * The range of the value axis: within what is possible and up to its end, if the values come near it;
 * from 0 unless the values are far from it; and wide enough that noise doesn't fill it.
 * @param {Description} series
 * @param {number} low
 * @param {number} high
 * @returns {[number, number]}
 */
export function valueRange({ unit, labels, min, max }, low, high) {
  const from = Math.max(low, min ?? -Infinity);
  const to = Math.min(high, max ?? Infinity);
  // The values of a query may be of any size.
  const ofQuery = Math.max(Math.abs(from), Math.abs(to)) / 5 || 1;
  const shortest = unit === "percent" ? 5 : labels.query === undefined ? 0.5 : ofQuery;
  const bottom = from > to / 2 ? from - (to - from) * 0.1 : Math.min(from, 0);
  const top = Math.max(to + (to - bottom) * 0.06, bottom + shortest);
  return [bottom, max !== null && top > NEAR_END * max ? max : top];
}
