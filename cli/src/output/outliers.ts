import { styleText } from "node:util";
import type { EventPhase } from "@outliers/detection/event";
import type { Outlier } from "../detection/detector.ts";
import { formatTime } from "../input/time.ts";
import { range, short } from "./number.ts";
import { printable } from "./printable.ts";
import { type Fields, type Output, recordLines } from "./records.ts";
import { cut } from "./table.ts";

/**
 * The lines of outliers as they come.
 * @param events the phase of each
 * @param isFirst whether none came before them: then there is a head
 */
export type OutlierFormat = (
  outliers: readonly Outlier[],
  events: readonly EventPhase[],
  isFirst: boolean,
) => string;

/** How outliers look; `isNamed`: whether the series have names. */
export type OutlierStyle = { isNamed: boolean; isColoured: boolean; width: number };

export function outlierFormat(output: Output, style: OutlierStyle): OutlierFormat {
  if (output === "table") return tableFormat(style);
  return (outliers, events, isFirst) => {
    const records = outliers.map((outlier, at) => fieldsOf(outlier, events[at], style.isNamed));
    return recordLines(output, records, isFirst);
  };
}

function fieldsOf(
  { series, timeMs, ...rest }: Outlier,
  event: EventPhase | undefined,
  isNamed: boolean,
): Fields {
  const { value, score, expected, lower, upper, direction, reason } = rest;
  const verdict = { value, score, expected, lower, upper, direction, event, reason };
  return { time: formatTime(timeMs), ...(isNamed ? { series } : {}), ...verdict };
}

/** Widths are fixed, so that each line can go out when it is known. */
const WIDTHS = { time: 20, series: 18, value: 10, expected: 17, score: 6 };
const GAP = "  ";
/** The reason stands on the same line where it has so much room, else on one of its own. */
const REASON_WIDTH = 32;

function tableFormat({ isNamed, isColoured, width }: OutlierStyle): OutlierFormat {
  const { series: seriesWidth, ...others } = WIDTHS;
  const widths = [...Object.values(others), ...(isNamed ? [seriesWidth] : [])];
  const taken = widths.reduce((sum, one) => sum + one + GAP.length, 0);
  const isOneLine = width - taken >= REASON_WIDTH;
  const style = (name: "bold" | "red" | "dim", text: string): string =>
    isColoured ? styleText(name, text, { validateStream: false }) : text;
  const head = [
    "time".padEnd(WIDTHS.time),
    ...(isNamed ? ["series".padEnd(WIDTHS.series)] : []),
    "value".padStart(WIDTHS.value),
    "expected".padStart(WIDTHS.expected),
    "score".padStart(WIDTHS.score),
    ...(isOneLine ? ["reason"] : []),
  ].join(GAP);
  const line = ({ series, timeMs, value, lower, upper, score, reason }: Outlier): string => {
    const cells = [
      formatTime(timeMs).padEnd(WIDTHS.time),
      ...(isNamed ? [cut(printable(series), WIDTHS.series).padEnd(WIDTHS.series)] : []),
      style("red", short(value).padStart(WIDTHS.value)),
      range(lower, upper).padStart(WIDTHS.expected),
      score.toFixed(2).padStart(WIDTHS.score),
    ].join(GAP);
    const why = printable(reason);
    return isOneLine
      ? `${cells}${GAP}${cut(why, width - taken)}\n`
      : `${cells}\n${GAP}${style("dim", cut(why, width - GAP.length))}\n`;
  };
  return (outliers, _events, isFirst) =>
    (isFirst && outliers.length > 0 ? `${style("bold", head)}\n` : "") +
    outliers.map(line).join("");
}
