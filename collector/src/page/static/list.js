// @ts-check
import { add, createName } from "./dom.js";
import { byOddness, isOdd, labelsOf, matcherOf } from "./filter.js";
import { bandOf, fullName, timeOf, withUnit, wordOf } from "./format.js";

/** @typedef {import("./format.js").Description} Description */
/** @typedef {import("./filter.js").Row} Row */

/** Rows that are shown at once: nobody reads more, and each one costs. */
const SHOWN = 100;
/** Rows move no more often: they can be read, and clicked. */
const SORTED_MS = 3000;
/** Labels whose values are suggested, and how many values of all of them. */
const SUGGESTED_LABELS = 6;
const SUGGESTIONS = 500;

/**
 * The list of many series: what is odd now comes first. It is searched by name and by label, and its
 * series can be chosen, to be drawn.
 * @param {HTMLElement} place
 * @param {(text: string) => void} onSearch
 * @param {(chosen: readonly string[]) => void} onChoose
 * @param {number} maxChosen
 */
export function createSeriesList(place, onSearch, onChoose, maxChosen) {
  /** @type {readonly Description[]} */
  let descriptions = [];
  /** @type {Map<string, Row>} */
  const rows = new Map();
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  const elements = new Map();
  /** @type {readonly Description[]} */
  let shown = [];
  /** @type {readonly string[]} */
  let chosen = [];
  let limit = SHOWN;
  let sortedAtMs = Number.NEGATIVE_INFINITY;

  const label = add(place, "label", "search");
  label.append("Search by name, or by label as in ");
  add(label, "code").textContent = "instance=web-1";
  const search = add(label, "input");
  search.type = "search";
  search.setAttribute("list", "suggestions");
  const suggestions = add(place, "datalist");
  suggestions.id = "suggestions";
  const count = add(place, "p", "summary");
  count.role = "status";
  const table = add(place, "table", "series-list");
  const head = add(add(table, "thead"), "tr");
  for (const name of ["series", "value", "expected", "score", "last outlier"]) {
    const cell = add(head, "th");
    cell.scope = "col";
    cell.textContent = name;
  }
  const body = add(table, "tbody");
  const more = add(place, "button", "quiet");
  more.type = "button";
  more.textContent = `Show ${SHOWN} more`;

  search.addEventListener("input", () => {
    limit = SHOWN;
    onSearch(search.value);
    sort();
  });
  more.addEventListener("click", () => {
    limit += SHOWN;
    sort();
  });
  body.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const id = target.value;
    onChoose(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id));
  });

  function sort() {
    sortedAtMs = performance.now();
    const matching = descriptions.filter(matcherOf(search.value));
    const sorted = byOddness(matching, rows);
    shown = sorted.slice(0, limit);
    const odd = matching.filter((series) => isOdd(rows.get(series.id), series)).length;
    const found =
      matching.length === descriptions.length
        ? `${descriptions.length} series`
        : `${matching.length} of ${descriptions.length} series`;
    const cut = shown.length < matching.length ? `; the first ${shown.length} are shown` : "";
    setText(
      count,
      `${found}, ${odd} with an outlier now${cut}. Tick up to ${maxChosen} to draw them.`,
    );
    more.hidden = shown.length === matching.length;
    arrange();
  }

  /** Moves only the rows that are not where they belong, so that the others keep the focus. */
  function arrange() {
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, row] of elements) {
      if (ids.has(id)) continue;
      row.element.remove();
      elements.delete(id);
    }
    let next = body.firstElementChild;
    for (const series of shown) {
      const row = elements.get(series.id) ?? createRow(series);
      elements.set(series.id, row);
      show(series);
      if (row.element === next) next = next.nextElementSibling;
      else body.insertBefore(row.element, next);
    }
  }

  /** @param {Description} series */
  function show(series) {
    const isFull = chosen.length >= maxChosen;
    elements.get(series.id)?.show(rows.get(series.id), chosen.includes(series.id), isFull);
  }

  return {
    /** @param {readonly Description[]} now */
    setDescriptions(now) {
      descriptions = now;
      const ids = new Set(now.map(({ id }) => id));
      for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
      suggestions.replaceChildren(
        ...labelsOf(now, SUGGESTED_LABELS)
          .flatMap(([label, values]) => values.map((value) => wordOf(label, value)))
          .slice(0, SUGGESTIONS)
          .map((word) => new Option(word)),
      );
      sort();
    },
    /** @param {readonly Row[]} changed */
    update(changed) {
      const isFirst = rows.size === 0;
      for (const row of changed) rows.set(row.id, row);
      // What somebody is about to click stays where it is.
      const isInUse = body.matches(":hover, :focus-within");
      const isDue = performance.now() - sortedAtMs >= SORTED_MS || isFirst;
      if (isDue && !isInUse) sort();
      else for (const series of shown) show(series);
    },
    /**
     * @param {string} text
     * @param {readonly string[]} ids
     */
    setChoice(text, ids) {
      if (search.value.trim() !== text.trim()) search.value = text;
      chosen = ids;
      sort();
    },
  };
}

/**
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Description} series */
function createRow(series) {
  const element = document.createElement("tr");
  element.dataset.row = series.id;
  const cell = add(element, "th");
  cell.scope = "row";
  const label = add(cell, "label");
  const box = add(label, "input");
  box.type = "checkbox";
  box.value = series.id;
  box.ariaLabel = `Draw ${fullName(series.title, series.id)}`;
  createName(label, "span").show(series.title, series.id);
  const [value, expected, score, outlier] = ["value", "expected", "score", "ago"].map((className) =>
    add(element, "td", className),
  );
  return {
    element,
    /**
     * @param {Row | undefined} row
     * @param {boolean} isChosen
     * @param {boolean} isFull
     */
    show(row, isChosen, isFull) {
      box.checked = isChosen;
      box.disabled = isFull && !isChosen;
      element.classList.toggle("outlier", isOdd(row, series));
      if (!row || !value || !expected || !score || !outlier) return;
      setText(value, withUnit(series, row.value));
      setText(expected, row.lower === null ? "" : bandOf(series, row.lower, row.upper));
      const isReady = row.state === "ready" && row.score !== null;
      setText(score, isReady ? (row.score ?? 0).toFixed(2) : row.state.replace("_", " "));
      setText(outlier, row.outlierAt === null ? "" : timeOf(row.outlierAt));
    },
  };
}
