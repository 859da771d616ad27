import { eventGap } from "@outliers/detection/event";
import { formatDuration, formatTime } from "../input/time.ts";
import { count, rate, short } from "../output/number.ts";
import type { Fields } from "../output/records.ts";
import { skippedTexts, warmingUpTexts } from "../output/skipped.ts";
import { type TableStyle, tableOf } from "../output/table.ts";
import type { Result, SeriesResult } from "./backtest.ts";

const DAY_MS = 86_400_000;
/** More than anyone would read; the rest is counted. */
const MAX_ROWS = 30;

/** How long a series is in days, its last interval included. */
const daysOf = ({ firstMs, lastMs }: SeriesResult, intervalMs: number): number =>
  (lastMs - firstMs + intervalMs) / DAY_MS;

/** What each sensitivity would have found, over all series; the rates are per series and day. */
export function sensitivityRows({ sensitivities, series }: Result, intervalMs: number) {
  const days = series.reduce((sum, one) => sum + daysOf(one, intervalMs), 0);
  return sensitivities.map((sensitivity, at) => {
    const outliers = series.reduce((sum, { tallies }) => sum + (tallies[at]?.outliers ?? 0), 0);
    const events = series.reduce((sum, { tallies }) => sum + (tallies[at]?.events ?? 0), 0);
    return { sensitivity, outliers, events, eventsPerDay: events / days };
  });
}

/** The series at the sensitivity that was asked for, those with the most events first. */
export function seriesRows({ series, chosen }: Result, intervalMs: number) {
  const rows = series.map((one) => {
    const { outliers = 0, events = 0, longestMs = 0, peak } = one.tallies[chosen] ?? {};
    const eventsPerDay = events / daysOf(one, intervalMs);
    return { one, outliers, events, longestMs, peak, eventsPerDay };
  });
  return rows.sort((a, b) => b.events - a.events || b.outliers - a.outliers);
}

/** What was scored, a text for each fact. */
export function dataTexts({ samples, skipped, series }: Result, intervalMs: number): string[] {
  const first = Math.min(...series.map(({ firstMs }) => firstMs));
  const last = Math.max(...series.map(({ lastMs }) => lastMs));
  const ofSeries = series.length === 1 ? "" : ` of ${series.length} series`;
  const warmingUp = series.filter(({ state }) => state === "warming_up").length;
  return [
    `${count(samples, "sample")}${ofSeries}, one each ${formatDuration(intervalMs)}`,
    `from ${formatTime(first)} to ${formatTime(last)} (${formatDuration(last - first)})`,
    ...skippedTexts(skipped),
    ...warmingUpTexts(warmingUp, series.length),
  ];
}

/** A record for each series and sensitivity. */
export const recordsOf = ({ sensitivities, series }: Result, intervalMs: number): Fields[] =>
  series.flatMap((one) =>
    sensitivities.map((sensitivity, at) => {
      const { outliers = 0, events = 0, longestMs = 0, peak } = one.tallies[at] ?? {};
      return {
        series: one.name,
        sensitivity,
        samples: one.samples,
        outliers,
        events,
        events_per_day: events / daysOf(one, intervalMs),
        longest_event_seconds: events > 0 ? (longestMs + intervalMs) / 1000 : undefined,
        peak_time: peak && formatTime(peak.timeMs),
        peak_value: peak?.value,
        peak_score: peak?.score,
      };
    }),
  );

/** The result for people; the sensitivity that was asked for is marked. */
export function summaryOf(result: Result, intervalMs: number, style: TableStyle): string {
  const bySensitivity = tableOf(
    [
      { name: "sensitivity" },
      { name: "events", align: "right" },
      { name: "events/day", align: "right" },
      { name: "outliers", align: "right" },
    ],
    sensitivityRows(result, intervalMs).map(
      ({ sensitivity, outliers, events, eventsPerDay }, at) => [
        `${at === result.chosen ? "▸" : " "} ${sensitivity}`,
        String(events),
        rate(eventsPerDay),
        String(outliers),
      ],
    ),
    style,
  );
  const rows = seriesRows(result, intervalMs);
  const bySeries = tableOf(
    [
      { name: "series" },
      { name: "events/day", align: "right" },
      { name: "longest", align: "right" },
      { name: "score", align: "right" },
      { name: "value", align: "right" },
      { name: "highest score at" },
    ],
    rows
      .slice(0, MAX_ROWS)
      .map(({ one, events, eventsPerDay, longestMs, peak }) => [
        nameOf(one),
        rate(eventsPerDay),
        events > 0 ? formatDuration(longestMs + intervalMs) : "",
        peak?.score.toFixed(2) ?? "",
        peak ? short(peak.value) : "",
        peak ? formatTime(peak.timeMs) : "",
      ]),
    style,
  );
  const perDay = rows.length > 1 ? ", per series and day" : "";
  const more = rows.length > MAX_ROWS ? `and ${rows.length - MAX_ROWS} more series\n` : "";
  return `${dataTexts(result, intervalMs).join("\n")}

What would have been detected, by sensitivity${perDay}:
${bySensitivity}

With --sensitivity ${result.sensitivities[result.chosen]}:
${bySeries}
${more}An event is a run of outliers, each at most ${eventGap(intervalMs)} samples after the one before.
${extrapolation(result, intervalMs)}`;
}

export const nameOf = ({ name }: SeriesResult): string => (name === "" ? "value" : name);

/** Of less than a day, figures a day promise more than was seen. */
function extrapolation({ series }: Result, intervalMs: number): string {
  const spanMs = Math.max(...series.map((one) => daysOf(one, intervalMs) * DAY_MS));
  return spanMs < DAY_MS ? `Figures a day are extrapolated from ${formatDuration(spanMs)}.\n` : "";
}
