import { readFileSync } from "node:fs";
import { formatDuration, formatTime } from "../input/time.ts";
import { rate, short } from "../output/number.ts";
import type { Result } from "./backtest.ts";
import type { Column } from "./columns.ts";
import { dataTexts, nameOf, sensitivityRows, seriesRows } from "./summary.ts";

/** More than anyone would look at; it bounds the size of the page. */
const MAX_PLOTS = 20;

/** What the page's script plots of a series, as uPlot takes it: times in s, then values. */
export type PlotData = {
  time: number[];
  value: (number | null)[];
  lower: (number | null)[];
  upper: (number | null)[];
  score: (number | null)[];
  outlier: (number | null)[];
};

/** A pause of more than so many columns interrupts the line. */
const GAP_COLUMNS = 3;

/** The columns of a series as points: two where the minimum and the maximum differ. */
export function plotData(columns: readonly Column[], intervalMs: number): PlotData {
  const data: PlotData = { time: [], value: [], lower: [], upper: [], score: [], outlier: [] };
  const push = (timeMs: number, value: number | null, column?: Column): void => {
    data.time.push(timeMs / 1000);
    data.value.push(value);
    data.lower.push(column ? rounded(column.lower) : null);
    data.upper.push(column ? rounded(column.upper) : null);
    data.score.push(column ? rounded(column.score) : null);
    data.outlier.push(column?.outlier?.timeMs === timeMs ? value : null);
  };
  const widths = columns.map(({ firstMs, lastMs }) => lastMs - firstMs + intervalMs);
  const width = widths.toSorted((a, b) => a - b)[widths.length >> 1] ?? intervalMs;
  let lastMs = Number.NaN;
  for (const column of columns) {
    const points = new Map([
      [column.minMs, column.min],
      [column.maxMs, column.max],
    ]);
    if (column.outlier) points.set(column.outlier.timeMs, column.outlier.value);
    for (const [timeMs, value] of [...points].sort(([a], [b]) => a - b)) {
      if (timeMs - lastMs > GAP_COLUMNS * width) push(lastMs + 1, null);
      push(timeMs, rounded(value), column);
      lastMs = timeMs;
    }
  }
  return data;
}

const rounded = (value: number): number => Number(value.toPrecision(7));

/**
 * A page that shows the result, complete in itself: values, what was expected, outliers, and scores.
 * @param title what was scored
 */
export function pageOf(result: Result, intervalMs: number, title: string): string {
  const rows = seriesRows(result, intervalMs);
  const shown = rows.slice(0, MAX_PLOTS);
  const plots = shown.map(({ one }) => plotData(one.columns.all, intervalMs));
  const more =
    rows.length > MAX_PLOTS
      ? `<p class="note">${MAX_PLOTS} of ${rows.length} series: those with the most events.</p>`
      : "";
  const sections = shown.map((row, at) => {
    const { one, outliers, events, eventsPerDay, longestMs, peak } = row;
    const facts = [
      `<b>${events}</b> ${events === 1 ? "event" : "events"}, ${rate(eventsPerDay)} a day`,
      ...(events > 0 ? [`longest ${formatDuration(longestMs + intervalMs)}`] : []),
      `<b>${outliers}</b> ${outliers === 1 ? "outlier" : "outliers"}`,
      ...(peak
        ? [
            `highest score ${peak.score.toFixed(2)} (${short(peak.value)} at ${formatTime(peak.timeMs)})`,
          ]
        : []),
    ];
    return `<section><h2>${escaped(nameOf(one))}</h2><p>${facts.join(" · ")}</p><div class="plot" data-plot="${at}"></div></section>`;
  });
  const uplot = import.meta.resolve("uplot");
  const dist = (file: string): string => readFileSync(new URL(file, uplot), "utf8");
  const own = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – outliers</title>
<style>${dist("uPlot.min.css")}${own("page.css")}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p>${escaped(dataTexts(result, intervalMs).join("; "))}</p>
${sensitivityTable(result, intervalMs)}
<p class="note"><i class="line"></i>value <i class="band"></i>expected <i class="dot"></i>outlier. The score of an outlier is above 1. Drag to zoom in, double-click to zoom out.</p>
${more}
</header>
<main>${sections.join("\n")}</main>
<script>${dist("uPlot.iife.min.js")}</script>
<script>const plots = ${inScript(plots)};
${own("page.js")}</script>
</body>
</html>
`;
}

function sensitivityTable(result: Result, intervalMs: number): string {
  const rows = sensitivityRows(result, intervalMs).map((row, at) => {
    const cells = [row.sensitivity, row.events, rate(row.eventsPerDay), row.outliers];
    const mark = at === result.chosen ? ' class="chosen"' : "";
    return `<tr${mark}>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  return `<table><thead><tr><th>sensitivity</th><th>events</th><th>a day</th><th>outliers</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => ESCAPES[one] ?? one);

/** JSON that can't end the script that it stands in. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");
