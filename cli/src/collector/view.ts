import { stripVTControlCharacters, styleText } from "node:util";
import { formatDuration, formatTime } from "../input/time.ts";
import { brief, count, range } from "../output/number.ts";
import { printable } from "../output/printable.ts";
import type { Fields } from "../output/records.ts";
import { CONTINUED, type TableStyle, tableOf } from "../output/table.ts";
import type { CollectorState, SeriesState } from "./state.ts";

/**
 * The state of a collector, for people: first the series that have outliers now.
 * @param url where it is
 * @param maxLines what is shown at once: the other series are only counted
 */
export function viewOf(
  url: string,
  state: CollectorState,
  nowMs: number,
  style: TableStyle,
  maxLines = Number.POSITIVE_INFINITY,
): string {
  const series = state.series.toSorted((a, b) => Number(b.isActive) - Number(a.isActive));
  const table = tableOf(
    [
      { name: "series" },
      { name: "value", align: "right" },
      { name: "expected", align: "right" },
      { name: "score", align: "right" },
      { name: "events", align: "right" },
      { name: "last outlier" },
    ],
    series.map((one) => cellsOf(one, nowMs)),
    { ...style, isMarked: (row) => series[row]?.isActive === true },
  );
  const text = `${url} at ${formatTime(Math.floor(nowMs / 1000) * 1000)}
${detectorText(state, style.isColoured)}   backlog ${count(state.backlog, "sample")}

${table}`;
  return fitted(text, maxLines);
}

/** As many series as lines have room for. */
function fitted(text: string, maxLines: number): string {
  const lines = text.split("\n");
  if (lines.length < maxLines) return text;
  const isContinued = (line = ""): boolean => stripVTControlCharacters(line).startsWith(CONTINUED);
  // A line says how many more there are, and the cursor needs one.
  let end = Math.max(0, maxLines - 2);
  while (end > 0 && isContinued(lines[end])) end -= 1;
  const more = lines.slice(end).filter((line) => !isContinued(line)).length;
  return [
    ...lines.slice(0, end),
    `and ${more.toLocaleString("en")} more series, which --once prints`,
  ].join("\n");
}

function detectorText({ isDetectorUp }: CollectorState, isColoured: boolean): string {
  if (isDetectorUp === undefined) return "no verdict yet";
  const text = isDetectorUp ? "up" : "down";
  const colour = isDetectorUp ? "green" : "red";
  return `detector ${isColoured ? styleText(colour, text, { validateStream: false }) : text}`;
}

function cellsOf(one: SeriesState, nowMs: number): string[] {
  const { lower, upper, lastOutlierMs } = one;
  const ago =
    lastOutlierMs === undefined ? "" : `${formatDuration(Math.max(0, nowMs - lastOutlierMs))} ago`;
  const isReady = one.state === "ready" || one.state === "";
  return [
    one.identity,
    one.value === undefined ? "" : brief(one.value),
    lower === undefined || upper === undefined ? "" : range(lower, upper),
    isReady ? (one.score?.toFixed(2) ?? "") : printable(one.state).replace("_", " "),
    one.events === undefined ? "" : String(one.events),
    one.isActive ? "active" : ago,
  ];
}

/** A record for each series. */
export const recordsOf = ({ series }: CollectorState, nowMs: number): Fields[] =>
  series.map((one) => ({
    time: formatTime(nowMs),
    series: one.identity,
    value: one.value,
    score: one.score,
    expected: one.expected,
    lower: one.lower,
    upper: one.upper,
    state: one.state,
    active: one.isActive,
    outliers: one.outliers,
    events: one.events,
    last_outlier: one.lastOutlierMs === undefined ? undefined : formatTime(one.lastOutlierMs),
    unmonitored_seconds: one.unmonitoredSeconds,
  }));
