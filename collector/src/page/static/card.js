// @ts-check
import { createChart } from "./chart.js";
import { add } from "./dom.js";
import { timeOf, verdictOf, withUnit } from "./format.js";
import { Series } from "./series.js";

/** @typedef {import("./format.js").Description} Description */

/**
 * A series on the page: its title, newest value, verdict and charts.
 * @param {Element} parent
 * @param {Description} description
 * @param {string} elementId
 */
export function createCard(parent, description, elementId) {
  const series = new Series();
  const card = add(parent, "article", "card");
  card.id = elementId;
  card.dataset.series = description.id;
  const head = add(card, "div", "head");
  const title = add(head, "h3", "title");
  title.textContent = description.title;
  title.title = description.id;
  const value = add(head, "p", "value");
  const summary = add(card, "p", "summary");
  const holder = add(card, "div", "chart");
  holder.role = "img";
  /** @type {number | null | undefined} */
  let pointed;
  let isStale = false;
  const chart = createChart(holder, description, (index) => {
    pointed = index;
    describe();
  });

  /** @param {number} index */
  const verdictAt = (index) =>
    verdictOf(description, {
      score: series.scores[index] ?? null,
      lower: series.lower[index] ?? null,
      upper: series.upper[index] ?? null,
    });

  function describe() {
    const newest = withUnit(description, series.values.at(-1) ?? null);
    const state = series.state.replace("_", " ");
    const text = isStale
      ? `no sample since ${timeOf(series.times.at(-1) ?? 0)}`
      : `${verdictAt(series.newestScored)}, ${state}`;
    value.textContent = newest;
    holder.ariaLabel = `${description.title}: ${newest}, ${text}`;
    const time = pointed == null ? undefined : series.times[pointed];
    summary.textContent =
      pointed == null || time === undefined
        ? text
        : `${timeOf(time)}: ${withUnit(description, series.values[pointed] ?? null)}, ${verdictAt(pointed)}`;
  }

  return {
    series,
    /**
     * @param {import("./chart.js").TimeRange} range
     * @param {number} staleMs a series whose newest sample is older is stale
     */
    draw(range, staleMs) {
      isStale = (series.times.at(-1) ?? 0) < staleMs;
      card.classList.toggle("stale", isStale);
      card.classList.toggle("outlier", series.outliers.at(series.newestScored) != null);
      describe();
      chart.draw(series, range);
    },
    redraw: () => chart.redraw(),
    remove() {
      chart.destroy();
      card.remove();
    },
  };
}
