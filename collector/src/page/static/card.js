// @ts-check
import { createChart } from "./chart.js";
import { add, createName } from "./dom.js";
import { fullName, timeOf, verdictOf, warmUpOf, withUnit } from "./format.js";
import { Series } from "./series.js";

/** @typedef {import("./format.js").Description} Description */

/** A series is stale when its newest sample is this many of its intervals older than that of others. */
const STALE_SAMPLES = 5;
/** How far a key moves along the samples. */
const STEPS = new Map([
  ["ArrowLeft", -1],
  ["ArrowRight", 1],
  ["PageUp", -20],
  ["PageDown", 20],
  ["Home", Number.NEGATIVE_INFINITY],
  ["End", Number.POSITIVE_INFINITY],
]);

/**
 * A series on the page: its title, newest value, verdict and charts.
 * @param {Element} parent
 * @param {Description} description
 * @param {string} elementId
 * @param {(text: string) => void} announce
 */
export function createCard(parent, description, elementId, announce) {
  const series = new Series();
  const card = add(parent, "article", "card");
  card.id = elementId;
  card.dataset.series = description.id;
  const head = add(card, "div", "head");
  const title = add(head, "h3", "title");
  const name = createName(title, "span");
  name.show(description.title, description.id);
  const value = add(head, "p", "value");
  const summary = add(card, "p", "summary");
  const holder = add(card, "div", "chart");
  holder.role = "img";
  holder.tabIndex = 0;
  holder.setAttribute("aria-describedby", "chart-keys");
  /** @type {number | null | undefined} */
  let pointed;
  let isStale = false;
  /** The time that was chosen by keys; it stays while the chart moves on. @type {number | undefined} */
  let keyedTime;
  let warmUpSamples = 0;
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
    const isLacking = series.state === "absent" || series.state === "alone";
    const newest = withUnit(description, isLacking ? null : (series.values.at(-1) ?? null));
    const text = isStale ? `no sample since ${timeOf(series.times.at(-1) ?? 0)}` : stateText();
    value.textContent = newest;
    holder.ariaLabel = `${fullName(description.title, description.id)}: ${newest}, ${text}`;
    summary.textContent = pointed == null ? text : (sampleText(pointed) ?? text);
  }

  function stateText() {
    if (series.state === "warming_up") {
      const left = Math.max(1, warmUpSamples - series.scored);
      return warmUpOf(left, description.intervalMs);
    }
    const last = timeOf(series.times.at(-1) ?? 0);
    if (series.state === "absent") return `absent: no sample since ${last}`;
    if (series.state === "alone") return `alone: too few peers since ${last}`;
    return `${verdictAt(series.newestScored)}, ${series.state}`;
  }

  /** @param {number} index */
  function sampleText(index) {
    const time = series.times[index];
    if (time === undefined) return undefined;
    const is = withUnit(description, series.values[index] ?? null);
    return `${timeOf(time)}: ${is}, ${verdictAt(index)}`;
  }

  /** @param {number} step how many samples to go on */
  function move(step) {
    const last = series.times.length - 1;
    const at = keyedTime === undefined ? last + 1 : series.times.indexOf(keyedTime);
    const index = Math.min(last, Math.max(0, at + step));
    keyedTime = series.times[index];
    chart.point(keyedTime);
    announce(sampleText(index) ?? "");
  }

  function leave() {
    if (keyedTime === undefined) return;
    keyedTime = undefined;
    chart.point(undefined);
  }

  holder.addEventListener("keydown", (event) => {
    const step = STEPS.get(event.key);
    if (event.key === "Escape") leave();
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move(step);
  });
  holder.addEventListener("blur", leave);
  holder.addEventListener("pointermove", () => {
    keyedTime = undefined;
  });

  return {
    element: card,
    description,
    series,
    /**
     * @param {import("./chart.js").TimeRange} range
     * @param {number} warmUp how many samples a series needs before its first verdict
     */
    draw(range, warmUp) {
      warmUpSamples = warmUp;
      const oldestMs = range.max - STALE_SAMPLES * description.intervalMs;
      isStale = (series.times.at(-1) ?? 0) < oldestMs;
      card.classList.toggle("stale", isStale);
      card.classList.toggle("outlier", series.outliers.at(series.newestScored) != null);
      describe();
      chart.draw(series, range);
      if (keyedTime !== undefined) {
        // What was pointed at may have left the chart.
        keyedTime = Math.max(keyedTime, series.times[0] ?? keyedTime);
        // uPlot applies the new range in a microtask.
        queueMicrotask(() => chart.point(keyedTime));
      }
    },
    redraw: () => chart.redraw(),
    remove() {
      chart.destroy();
      card.remove();
    },
  };
}
