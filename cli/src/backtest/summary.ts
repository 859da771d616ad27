import { WARM_UP_SAMPLES } from "@outliers/detection/adaptive";
import Table from "cli-table3";
import { formatDuration, formatTime } from "../input/time.ts";
import { count, rate, short } from "../output/number.ts";
import { printable } from "../output/printable.ts";
import { unjudged } from "../output/unjudged.ts";
import type { Result, SeriesResult } from "./backtest.ts";

const DAY_MS = 86_400_000;
/** More than one would read; the rest is counted. */
const MAX_ROWS = 30;

/** How long a series is in days, its last interval included. */
const daysOf = ({ firstMs, lastMs }: SeriesResult, intervalMs: number): number =>
  (lastMs - firstMs + intervalMs) / DAY_MS;

/** What each sensitivity would have done, over all series; the rates are per series and day. */
export function sensitivityRows({ sensitivities, series }: Result, intervalMs: number) {
  const days = series.reduce((sum, one) => sum + daysOf(one, intervalMs), 0);
  return sensitivities.map((sensitivity, at) => {
    const flags = series.reduce((sum, { alarms }) => sum + (alarms[at]?.flags ?? 0), 0);
    const alarms = series.reduce((sum, one) => sum + (one.alarms[at]?.alarms ?? 0), 0);
    return { sensitivity, flags, flagsPerDay: flags / days, alarms, alarmsPerDay: alarms / days };
  });
}

/** The series at the sensitivity that was asked for, those with the most alarms first. */
export function seriesRows({ series, chosen }: Result, intervalMs: number) {
  const rows = series.map((one) => {
    const { flags = 0, alarms = 0, longestMs = 0 } = one.alarms[chosen] ?? {};
    const days = daysOf(one, intervalMs);
    return {
      one,
      flags,
      alarms,
      longestMs,
      flagsPerDay: flags / days,
      alarmsPerDay: alarms / days,
    };
  });
  return rows.sort((a, b) => b.alarms - a.alarms || b.flags - a.flags);
}

/** The highest score of a series, with its value and time. */
export const worstOf = ({ worst }: SeriesResult): string =>
  worst ? `${worst.score.toFixed(2)} (${short(worst.value)} at ${formatTime(worst.timeMs)})` : "";

/** In one line: what was judged. */
export function dataLine({ samples, skipped, series }: Result, intervalMs: number): string {
  const first = Math.min(...series.map(({ firstMs }) => firstMs));
  const last = Math.max(...series.map(({ lastMs }) => lastMs));
  const without = skipped > 0 ? `; ${count(skipped, "row")} without a value skipped` : "";
  const ofSeries = series.length === 1 ? "" : ` of ${series.length} series`;
  return `${count(samples, "sample")}${ofSeries}, one each ${formatDuration(intervalMs)}, from ${formatTime(first)} to ${formatTime(last)} (${formatDuration(last - first)})${without}`;
}

/**
 * The result for people. @param isColoured whether the sensitivity that was asked for stands out
 */
export function summaryOf(result: Result, intervalMs: number, isColoured: boolean): string {
  const bySensitivity = newTable(
    ["sensitivity", "flags", "flags/day", "alarms", "alarms/day"],
    isColoured,
  );
  for (const [at, row] of sensitivityRows(result, intervalMs).entries()) {
    const mark = at === result.chosen ? "▸ " : "";
    bySensitivity.push([
      `${mark}${row.sensitivity}`,
      row.flags,
      rate(row.flagsPerDay),
      row.alarms,
      rate(row.alarmsPerDay),
    ]);
  }
  const rows = seriesRows(result, intervalMs);
  const hasNames = rows.some(({ one }) => one.name !== "");
  const bySeries = newTable(
    [...(hasNames ? ["series"] : []), "flags/day", "alarms/day", "longest alarm", "highest score"],
    isColoured,
  );
  for (const row of rows.slice(0, MAX_ROWS)) {
    bySeries.push([
      ...(hasNames ? [printable(row.one.name)] : []),
      rate(row.flagsPerDay),
      rate(row.alarmsPerDay),
      row.alarms > 0 ? formatDuration(row.longestMs + intervalMs) : "",
      worstOf(row.one),
    ]);
  }
  const perDay = rows.length > 1 ? ", per series and day" : "";
  const more = rows.length > MAX_ROWS ? `and ${rows.length - MAX_ROWS} more series\n` : "";
  const chosen = result.sensitivities[result.chosen];
  const tooShort = unjudged(
    result.series.map(({ samples }) => samples),
    WARM_UP_SAMPLES,
  );
  return `${dataLine(result, intervalMs)}

What would have been flagged, by sensitivity${perDay}:
${bySensitivity.toString()}

With --sensitivity ${chosen}:
${bySeries.toString()}
${more}An alarm is a run of flags, each within 100 samples of the one before.
${extrapolation(result, intervalMs)}${tooShort && `${tooShort}\n`}`;
}

/** Of less than a day, figures a day promise more than was seen. */
function extrapolation({ series }: Result, intervalMs: number): string {
  const spanMs = Math.max(...series.map((one) => daysOf(one, intervalMs) * DAY_MS));
  return spanMs < DAY_MS ? `Figures a day are extrapolated from ${formatDuration(spanMs)}.\n` : "";
}

function newTable(head: string[], isColoured: boolean) {
  const style = { head: isColoured ? ["bold"] : [], border: [], compact: true };
  const isText = (name: string): boolean => name === "series" || name === "highest score";
  return new Table({
    head,
    style,
    colAligns: head.map((name) => (isText(name) ? "left" : "right")),
  });
}
