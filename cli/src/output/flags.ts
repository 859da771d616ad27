import { styleText } from "node:util";
import { formatTime } from "../input/time.ts";
import type { Flag } from "../judge/judge.ts";
import { short } from "./number.ts";
import { printable } from "./printable.ts";

export type Output = "table" | "csv" | "json";

/** Writes flags as they come. */
export type FlagFormat = {
  /** What comes before the first flag. */
  head: string;
  /** One flag, its line's end included. */
  line(flag: Flag): string;
};

/**
 * @param hasSeries whether there is a column that names the series
 * @param isColoured for a table only
 */
export function flagFormat(output: Output, hasSeries: boolean, isColoured: boolean): FlagFormat {
  if (output === "json") return { head: "", line: (flag) => jsonLine(flag, hasSeries) };
  if (output === "csv") return csv(hasSeries);
  return table(hasSeries, isColoured);
}

function fields({ series, timeMs, ...rest }: Flag, hasSeries: boolean) {
  const { value, score, expected, lower, upper, direction, reason } = rest;
  const named = hasSeries ? { series } : {};
  return {
    time: formatTime(timeMs),
    ...named,
    value,
    score,
    expected,
    lower,
    upper,
    direction,
    reason,
  };
}

const jsonLine = (flag: Flag, hasSeries: boolean): string =>
  `${JSON.stringify(fields(flag, hasSeries))}\n`;

function csv(hasSeries: boolean): FlagFormat {
  const names = ["time", "value", "score", "expected", "lower", "upper", "direction", "reason"];
  if (hasSeries) names.splice(1, 0, "series");
  return {
    head: `${names.join(",")}\n`,
    line: (flag) => `${Object.values(fields(flag, hasSeries)).map(csvField).join(",")}\n`,
  };
}

/** @see RFC 4180 */
function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Widths are fixed, so that each line can go out when it is known. */
const columns: readonly { name: string; width: number; of: (flag: Flag) => string }[] = [
  { name: "time", width: 20, of: ({ timeMs }) => formatTime(timeMs) },
  { name: "series", width: 24, of: ({ series }) => series },
  { name: "value", width: 10, of: ({ value }) => short(value) },
  { name: "score", width: 6, of: ({ score }) => score.toFixed(2) },
  { name: "expected", width: 10, of: ({ expected }) => short(expected) },
  { name: "lower", width: 10, of: ({ lower }) => short(lower) },
  { name: "upper", width: 10, of: ({ upper }) => short(upper) },
  { name: "direction", width: 9, of: ({ direction }) => direction },
  { name: "reason", width: 0, of: ({ reason }) => reason },
];
const TEXT: readonly string[] = ["time", "series", "direction", "reason"];

function table(hasSeries: boolean, isColoured: boolean): FlagFormat {
  const shown = columns.filter(({ name }) => hasSeries || name !== "series");
  const pad = (text: string, { name, width }: { name: string; width: number }): string =>
    TEXT.includes(name) ? text.padEnd(width) : text.padStart(width);
  const head = shown.map((column) => pad(column.name, column)).join("  ");
  return {
    head: `${isColoured ? styleText("bold", head, { validateStream: false }) : head}\n`,
    line(flag) {
      const cells = shown.map((column) => {
        const cell = pad(printable(column.of(flag)), column);
        const isRed = isColoured && column.name === "value";
        return isRed ? styleText("red", cell, { validateStream: false }) : cell;
      });
      return `${cells.join("  ").trimEnd()}\n`;
    },
  };
}
