// Runs in the browser; `plots` and `uPlot` are defined before it in the page.
/* global document, matchMedia, getComputedStyle, ResizeObserver, uPlot, plots */

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const axis = (size) => ({
  stroke: () => color("--soft"),
  grid: { stroke: () => color("--grid"), width: 1 },
  ticks: { stroke: () => color("--grid"), width: 1 },
  ...(size ? { size } : {}),
});

const short = (value) =>
  value === null || value === undefined ? "" : String(Number(value.toPrecision(6)));

const GUTTER = 72;

const DAY_S = 86_400;

/** Times on an axis as ISO 8601 has them, each as exact as the axis is fine. */
function timesOf(_chart, seconds, _axis, _space, step) {
  return seconds.map((second) => {
    const [date, time] = new Date(second * 1000).toISOString().slice(0, 19).split("T");
    if (step >= DAY_S) return date;
    const clock = step < 60 ? time : time.slice(0, 5);
    return second % DAY_S === 0 ? `${date.slice(5)}\n${clock}` : clock;
  });
}

/** Not to the next round numbers, as uPlot does: -20 % would look as if there were such values. */
function padded(min, max) {
  const pad = 0.04 * (max - min || Math.abs(max) || 1);
  return [min - pad, max + pad];
}

function plot(element, data, sync) {
  const common = {
    width: element.clientWidth,
    cursor: { sync: { key: sync, scales: ["x", null] }, points: { size: 7 } },
    // Times are UTC, as in the tables.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
  };
  const line = { points: { show: false } };
  const values = new uPlot(
    {
      ...common,
      height: 320,
      scales: { y: { range: (_, min, max) => padded(min ?? 0, max ?? 1) } },
      axes: [{ ...axis(), values: timesOf, space: 90 }, axis(GUTTER)],
      series: [
        { label: "UTC", value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" },
        {
          ...line,
          label: "upper",
          stroke: () => color("--band"),
          value: (_, value) => short(value),
        },
        {
          ...line,
          label: "lower",
          stroke: () => color("--band"),
          value: (_, value) => short(value),
        },
        {
          ...line,
          label: "value",
          stroke: () => color("--value"),
          width: 1.2,
          value: (_, value) => short(value),
        },
        {
          label: "outlier",
          stroke: () => color("--outlier"),
          paths: () => null,
          points: { show: true, size: 7, fill: () => color("--outlier") },
          value: (_, value) => short(value),
        },
      ],
      bands: [{ series: [1, 2], fill: () => color("--band") }],
    },
    [data.time, data.upper, data.lower, data.value, data.outlier],
    element,
  );
  const scores = new uPlot(
    {
      ...common,
      height: 150,
      axes: [{ ...axis(), values: timesOf, space: 90 }, axis(GUTTER)],
      scales: { y: { range: (_, _min, max) => [0, Math.max(1.5, max * 1.05)] } },
      series: [
        { label: "UTC", value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" },
        {
          ...line,
          label: "score",
          stroke: () => color("--score"),
          width: 1.2,
          value: (_, value) => short(value),
        },
      ],
      hooks: {
        draw: [
          (chart) => {
            const { ctx, bbox } = chart;
            const y = Math.round(chart.valToPos(1, "y", true));
            ctx.save();
            ctx.strokeStyle = color("--outlier");
            ctx.lineWidth = devicePixelRatio;
            ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
            ctx.beginPath();
            ctx.moveTo(bbox.left, y);
            ctx.lineTo(bbox.left + bbox.width, y);
            ctx.stroke();
            ctx.restore();
          },
        ],
      },
    },
    [data.time, data.score],
    element,
  );
  // A zoom of one is a zoom of both.
  const charts = [values, scores];
  let isZooming = false;
  for (const chart of charts) {
    chart.hooks.setScale = [
      (_, key) => {
        if (key !== "x" || isZooming) return;
        isZooming = true;
        const { min, max } = chart.scales.x;
        for (const other of charts) if (other !== chart) other.setScale("x", { min, max });
        isZooming = false;
      },
    ];
  }
  return charts;
}

for (const element of document.querySelectorAll("[data-plot]")) {
  const at = element.dataset.plot;
  const charts = plot(element, plots[at], `sync-${at}`);
  new ResizeObserver(() => {
    for (const chart of charts) chart.setSize({ width: element.clientWidth, height: chart.height });
  }).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of charts) chart.redraw(false);
  });
}
