import { readFileSync } from "node:fs";
import { formatDuration } from "../input/time.ts";
import { rate } from "../output/number.ts";
import type { Result, SeriesResult } from "./backtest.ts";
import type { Column } from "./columns.ts";
import { dataLine, sensitivityRows, seriesRows, worstOf } from "./summary.ts";

/** More than one would look at, and what bounds the size of the page. */
const MAX_PLOTS = 20;

/** What the page's script plots of a series, as uPlot takes it: times in s, then values. */
export type PlotData = {
  time: number[];
  value: (number | null)[];
  lower: (number | null)[];
  upper: (number | null)[];
  score: (number | null)[];
  flag: (number | null)[];
};

/** A pause of more than so many columns interrupts the line. */
const GAP_COLUMNS = 3;

/** The columns of a series as points: two where the least and the greatest value differ. */
export function plotData(columns: readonly Column[], intervalMs: number): PlotData {
  const data: PlotData = { time: [], value: [], lower: [], upper: [], score: [], flag: [] };
  const push = (timeMs: number, value: number | null, column?: Column): void => {
    data.time.push(timeMs / 1000);
    data.value.push(value);
    data.lower.push(column ? rounded(column.lower) : null);
    data.upper.push(column ? rounded(column.upper) : null);
    data.score.push(column ? rounded(column.score) : null);
    const isFlag = column?.flag !== undefined && column.flag.timeMs === timeMs;
    data.flag.push(isFlag ? value : null);
  };
  const widths = columns.map(({ firstMs, lastMs }) => lastMs - firstMs + intervalMs);
  const width = widths.toSorted((a, b) => a - b)[widths.length >> 1] ?? intervalMs;
  let lastMs = Number.NaN;
  for (const column of columns) {
    const points = new Map([
      [column.minMs, column.min],
      [column.maxMs, column.max],
    ]);
    if (column.flag) points.set(column.flag.timeMs, column.flag.value);
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
 * A page that shows the result, all in itself: values with what was expected, flags, and scores.
 * @param title what was judged
 */
export function pageOf(result: Result, intervalMs: number, title: string): string {
  const rows = seriesRows(result, intervalMs);
  const shown = rows.slice(0, MAX_PLOTS);
  const plots = shown.map(({ one }) => plotData(one.columns.all, intervalMs));
  const more =
    rows.length > MAX_PLOTS
      ? `<p class="note">${MAX_PLOTS} of ${rows.length} series: those with the most alarms.</p>`
      : "";
  const sections = shown.map((row, at) => {
    const facts = [
      `<b>${row.flags}</b> flagged`,
      `<b>${row.alarms}</b> ${row.alarms === 1 ? "alarm" : "alarms"}, ${rate(row.alarmsPerDay)} a day`,
      ...(row.alarms > 0 ? [`longest ${formatDuration(row.longestMs + intervalMs)}`] : []),
      ...(row.one.worst ? [`highest score ${worstOf(row.one)}`] : []),
    ];
    return `<section><h2>${escaped(nameOf(row.one))}</h2><p>${facts.join(" · ")}</p><div class="plot" data-plot="${at}"></div></section>`;
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
<p>${escaped(dataLine(result, intervalMs))}</p>
${sensitivityTable(result, intervalMs)}
<p class="note"><i class="line"></i>value <i class="band"></i>expected <i class="dot"></i>flagged. The score is above 1 where a value is flagged. Drag to zoom in, double-click to zoom out.</p>
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

const nameOf = ({ name }: SeriesResult): string => (name === "" ? "value" : name);

function sensitivityTable(result: Result, intervalMs: number): string {
  const rows = sensitivityRows(result, intervalMs).map((row, at) => {
    const cells = [
      row.sensitivity,
      row.flags,
      rate(row.flagsPerDay),
      row.alarms,
      rate(row.alarmsPerDay),
    ];
    const mark = at === result.chosen ? ' class="chosen"' : "";
    return `<tr${mark}>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  return `<table><thead><tr><th>sensitivity</th><th>flags</th><th>a day</th><th>alarms</th><th>a day</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
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
