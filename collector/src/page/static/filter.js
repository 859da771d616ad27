// @ts-check
// What of many series a viewer wants to see. It is in the page's URL, so that it can be shared.

/** @typedef {import("./format.js").Description} Description */

/**
 * The text that is looked for, and the series that are drawn.
 * @typedef {{ text: string, chosen: readonly string[] }} Choice
 */

/**
 * The newest sample of a series, the last verdict, and when its last outlier was.
 * @typedef {{
 *   id: string, time: number, value: number | null, state: string, score: number | null,
 *   lower: number | null, upper: number | null, outlierAt: number | null,
 * }} Row
 */

/** An outlier that is no older is of now: as long, or as many intervals. */
const NOW_MS = 30_000;
const NOW_INTERVALS = 5;

/**
 * @param {string} search of the URL
 * @returns {Choice}
 */
export function choiceOf(search) {
  const params = new URLSearchParams(search);
  return { text: params.get("q") ?? "", chosen: params.getAll("series") };
}

/**
 * The search of a URL that says the same.
 * @param {Choice} choice
 */
export function searchOf({ text, chosen }) {
  const params = new URLSearchParams();
  if (text.trim() !== "") params.set("q", text.trim());
  for (const id of chosen) params.append("series", id);
  const search = params.toString();
  return search === "" ? "" : `?${search}`;
}

/**
 * Whether a series has every word of a text in its name, and every label that it names, as
 * `instance=web-1`. The value of a label may end with `*`; values with spaces are quoted. A series as
 * `/metrics` has it finds it too: `outliers_value{series="load",instance="web-1"}`.
 * @param {string} text
 * @returns {(series: Description) => boolean}
 */
export function matcherOf(text) {
  const selector = text.replace(/^\s*(outliers_\w+)?(?=\{)/, "");
  const words = [
    ...selector.matchAll(/[^\s"={,]+=(?:"(?:\\.|[^"\\])*"|[^\s"]*)|"[^"]*"|[^\s{},]+/g),
  ];
  const tests = words.map(([word]) => {
    const [, label, given] = /^([^"=]+)=(.*)$/s.exec(word) ?? [];
    const wanted = unquoted(given ?? word).toLowerCase();
    return label === undefined
      ? (/** @type {Description} */ { id, title }) =>
          `${title} ${id}`.toLowerCase().includes(wanted)
      : (/** @type {Description} */ { name, labels }) =>
          isLike(
            (label === "series" ? (labels.series ?? name) : labels[label])?.toLowerCase(),
            wanted,
          );
  });
  return (series) => tests.every((test) => test(series));
}

/** @param {string} text */
const unquoted = (text) =>
  text.startsWith('"') ? text.replace(/^"|"$/g, "").replace(/\\(.)/g, "$1") : text;

/**
 * @param {string | undefined} value
 * @param {string} wanted
 */
function isLike(value, wanted) {
  if (value === undefined) return false;
  return wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : value === wanted;
}

/**
 * Whether a series has an outlier now.
 * @param {Row | undefined} row
 * @param {Description} series
 */
export function isOdd(row, { intervalMs }) {
  if (!row || row.outlierAt === null) return false;
  return row.time - row.outlierAt <= Math.max(NOW_MS, NOW_INTERVALS * intervalMs);
}

/**
 * Puts first what is odd now, and then what is closest to it; otherwise in the collector's order.
 * @param {readonly Description[]} all
 * @param {ReadonlyMap<string, Row>} rows
 */
export function byOddness(all, rows) {
  /** @param {Description} series */
  const rank = (series) => {
    const row = rows.get(series.id);
    return (isOdd(row, series) ? 1000 : 0) + (row?.score ?? -1);
  };
  const ranks = new Map(all.map((series) => [series, rank(series)]));
  return all.toSorted((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0));
}

/**
 * The labels by which series can be told apart, with their values: the most telling ones first.
 * @param {readonly Description[]} all
 * @param {number} maxLabels
 * @returns {[label: string, values: string[]][]}
 */
export function labelsOf(all, maxLabels) {
  /** @type {Map<string, Set<string>>} */
  const values = new Map();
  for (const { labels } of all) {
    for (const [label, value] of Object.entries(labels)) {
      const known = values.get(label) ?? new Set();
      values.set(label, known.add(value));
    }
  }
  return [...values]
    .filter(([, known]) => known.size > 1)
    .toSorted(([, a], [, b]) => a.size - b.size)
    .slice(0, maxLabels)
    .map(([label, known]) => [label, [...known].toSorted()]);
}
