// @ts-check
import { numberOf, timeOf, valueRange } from "./format.js";

/** @typedef {import("./format.js").Description} Description */

/** @typedef {import("uplot").Options} Options */
/** @typedef {{ min: number, max: number }} TimeRange */

/** The same for both charts of a card, so that their times line up. */
const AXIS_WIDTH = 44;
const TIME_AXIS_HEIGHT = 26;
const SCORE_HEIGHT = 40;
/** Scores may be far above 1, but the chart shows no more than this. */
const MAX_SCORE = 3;

const style = getComputedStyle(document.documentElement);

/**
 * A colour of the style sheet, read at every drawing because it follows the colour scheme.
 * @param {string} name
 */
const colour = (name) => () => style.getPropertyValue(`--${name}`);

/**
 * What both charts have in common.
 * @param {(index: number | null | undefined) => void} onPoint
 * @returns {Pick<Options, "legend" | "cursor" | "padding" | "ms" | "hooks">}
 */
const common = (onPoint) => ({
  ms: 1,
  legend: { show: false },
  padding: [6, 8, 6, 0],
  cursor: {
    sync: { key: "time" },
    y: false,
    points: { show: false },
    drag: { x: false, y: false },
  },
  hooks: { setCursor: [(u) => onPoint(u.cursor.idx)] },
});

/** @returns {import("uplot").Axis} */
const axis = () => ({
  stroke: colour("muted"),
  font: "11px system-ui, sans-serif",
  grid: { stroke: colour("grid"), width: 1 },
  ticks: { show: false },
});

/** @returns {import("uplot").Axis} */
const timeAxis = () => ({
  ...axis(),
  space: 84,
  // No label where the edge would cut it off.
  values: (u, times) =>
    times.map((time) => (u.valToPos(time, "x") > u.over.clientWidth - 20 ? "" : timeOf(time))),
});

/** @returns {import("uplot").Series} */
const outlierPoints = () => ({
  stroke: colour("outlier"),
  paths: () => null,
  points: { show: true, size: 6, width: 0, fill: colour("outlier") },
});

/**
 * The values of a series with the expected band and the outliers, and its scores below them.
 * @param {HTMLElement} holder
 * @param {Description} description
 * @param {(index: number | null | undefined) => void} onPoint gets the index under the cursor
 */
export function createChart(holder, description, onPoint) {
  const valuesHolder = holder.appendChild(document.createElement("div"));
  const scoresHolder = holder.appendChild(document.createElement("div"));
  valuesHolder.className = "values";
  scoresHolder.className = "scores";
  const hidden = { show: false };

  const values = new uPlot(
    {
      ...common(onPoint),
      width: 300,
      height: 100,
      scales: { y: { range: (_, min, max) => valueRange(description, min ?? 0, max ?? 1) } },
      axes: [
        { ...timeAxis(), size: 0, values: () => [] },
        {
          ...axis(),
          size: AXIS_WIDTH,
          space: 32,
          values: (_, splits) => splits.map((value) => numberOf(description, value)),
        },
      ],
      series: [
        {},
        { points: hidden },
        { points: hidden },
        { stroke: colour("line"), width: 1.5, points: hidden },
        outlierPoints(),
      ],
      bands: [{ series: [2, 1], fill: colour("band") }],
    },
    [[], [], [], [], []],
    valuesHolder,
  );
  const scores = new uPlot(
    {
      ...common(onPoint),
      width: 300,
      height: SCORE_HEIGHT + TIME_AXIS_HEIGHT,
      scales: { y: { range: (_, __, max) => [0, Math.min(Math.max(max ?? 0, 1.4), MAX_SCORE)] } },
      axes: [
        { ...timeAxis(), size: TIME_AXIS_HEIGHT },
        { ...axis(), size: AXIS_WIDTH, splits: () => [0, 1], values: () => ["0", "1"] },
      ],
      series: [
        {},
        { stroke: colour("score"), fill: colour("score-fill"), width: 1, points: hidden },
        { stroke: colour("threshold"), dash: [4, 4], width: 1, points: hidden },
      ],
    },
    [[], [], []],
    scoresHolder,
  );

  const resizing = new ResizeObserver(() => {
    const width = holder.clientWidth;
    const height = valuesHolder.clientHeight;
    if (width === 0 || height === 0) return;
    values.setSize({ width, height });
    scores.setSize({ width, height: SCORE_HEIGHT + TIME_AXIS_HEIGHT });
  });
  resizing.observe(holder);

  return {
    /**
     * @param {import("./series.js").Series} series
     * @param {TimeRange} range
     */
    draw(series, range) {
      const { times, lower, upper } = series;
      values.setData([times, lower, upper, series.values, series.outliers], false);
      values.setScale("x", range);
      scores.setData([times, series.scores, times.map(() => 1)], false);
      scores.setScale("x", range);
    },
    /**
     * Puts the cursor of all charts on a time; undefined hides it.
     * @param {number | undefined} time
     */
    point(time) {
      const left = time === undefined ? -10 : values.valToPos(time, "x");
      values.setCursor({ left, top: left < 0 ? -10 : 1 });
    },
    redraw() {
      values.redraw();
      scores.redraw();
    },
    destroy() {
      resizing.disconnect();
      values.destroy();
      scores.destroy();
    },
  };
}
