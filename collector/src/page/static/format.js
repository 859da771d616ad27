// @ts-check
// Series, values and times as people read them.

/**
 * The collector's description of a series: its id, the name that people see, its unit, and the
 * range of possible values, null where it is unbounded.
 * @typedef {{
 *   id: string, title: string, unit: "percent" | "none", min: number | null, max: number | null,
 * }} Description
 */

/** @typedef {Pick<Description, "unit">} Unit */

/**
 * A number of a series without its unit: one decimal for percent, else two.
 * @param {Unit} series
 * @param {number | null} value
 */
export function numberOf({ unit }, value) {
  if (value === null) return "–";
  return String(Number(value.toFixed(unit === "percent" ? 1 : 2)));
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
