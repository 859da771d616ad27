// @ts-check
// Series, values and times as people read them.

/** @type {Readonly<Record<string, string>>} */
const titles = {
  cpu_utilization_percent: "CPU",
  memory_used_percent: "Memory used",
  load1: "Load, 1 minute",
  cpu_user_percent: "CPU user",
  cpu_nice_percent: "CPU user, nice",
  cpu_system_percent: "CPU system",
  cpu_irq_percent: "CPU interrupts",
  cpu_iowait_percent: "CPU waiting for I/O",
  cpu_steal_percent: "CPU stolen",
};

/**
 * A series' name for people: "CPU", "CPU core 3"; of one that is not known, its words.
 * @param {string} name
 */
export function titleOf(name) {
  const core = /^cpu(\d+)_utilization_percent$/.exec(name);
  if (core) return `CPU core ${core[1]}`;
  return titles[name] ?? name.replace(/_percent$/, "").replaceAll("_", " ");
}

/** @param {string} name */
const isPercent = (name) => name.endsWith("_percent");

/**
 * What values of a series can be at all: a band that goes beyond it says nothing there.
 * @param {string} name
 */
export function boundsOf(name) {
  if (isPercent(name)) return { least: 0, most: 100 };
  return { least: /^load\d/.test(name) ? 0 : -Infinity, most: Infinity };
}

/**
 * The order on the page: the series that are known by a title first, as they stand here.
 * @param {string} a
 * @param {string} b
 */
export function byImportance(a, b) {
  const names = Object.keys(titles);
  /** @param {string} name */
  const rank = (name) => (name in titles ? names.indexOf(name) : names.length);
  return rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true });
}

/**
 * A number of a series without its unit: one decimal for percent, else two.
 * @param {string} name
 * @param {number | null} value
 */
export function numberOf(name, value) {
  if (value === null) return "–";
  return String(Number(value.toFixed(isPercent(name) ? 1 : 2)));
}

/**
 * A value with its unit; the space between is one that doesn't break.
 * @param {string} name
 * @param {number | null} value
 */
export const withUnit = (name, value) =>
  isPercent(name) && value !== null ? `${numberOf(name, value)}\u00a0%` : numberOf(name, value);

/**
 * The expected band, as far as values can lie in it: "3 to 20".
 * @param {string} name
 * @param {number | null} lower
 * @param {number | null} upper
 */
export function bandOf(name, lower, upper) {
  const { least, most } = boundsOf(name);
  const from = lower === null ? null : Math.max(lower, least);
  const to = upper === null ? null : Math.min(upper, most);
  return `${numberOf(name, from)} to ${numberOf(name, to)}`;
}

/** @typedef {{ score: number | null, lower: number | null, upper: number | null }} Verdict */

/**
 * What is thought of a value: "expected 3 to 20, score 0.31".
 * @param {string} name
 * @param {Verdict} verdict
 */
export function verdictOf(name, { score, lower, upper }) {
  if (score === null || lower === null || upper === null) return "no verdict yet";
  return `expected ${bandOf(name, lower, upper)}, score ${score.toFixed(2)}`;
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
