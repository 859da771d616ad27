import { styleText } from "node:util";
import { formatDuration, formatTime } from "../input/time.ts";
import { brief, count, range } from "../output/number.ts";
import { printable } from "../output/printable.ts";
import type { Fields } from "../output/records.ts";
import { type TableStyle, tableOf } from "../output/table.ts";
import type { CollectorState, SeriesState } from "./state.ts";

/** The state of a collector, for people. @param url where it is */
export function viewOf(
  url: string,
  state: CollectorState,
  nowMs: number,
  style: TableStyle,
): string {
  const table = tableOf(
    [
      { name: "series" },
      { name: "value", align: "right" },
      { name: "expected", align: "right" },
      { name: "score", align: "right" },
      { name: "events", align: "right" },
      { name: "last outlier" },
    ],
    state.series.map((one) => cellsOf(one, nowMs)),
    { ...style, isMarked: (row) => state.series[row]?.isActive === true },
  );
  return `${url} at ${formatTime(Math.floor(nowMs / 1000) * 1000)}
${detectorText(state, style.isColoured)}   backlog ${count(state.backlog, "sample")}

${table}`;
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
