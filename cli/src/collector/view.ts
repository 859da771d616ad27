import { styleText } from "node:util";
import Table from "cli-table3";
import { formatDuration, formatTime } from "../input/time.ts";
import { count, short } from "../output/number.ts";
import { printable } from "../output/printable.ts";
import type { CollectorState, SeriesState } from "./state.ts";

const HEAD = ["series", "value", "expected", "score", "state", "flags", "last flag"];

/** How a collector stands, for a terminal. @param url where it is */
export function viewOf(
  url: string,
  state: CollectorState,
  nowMs: number,
  isColoured: boolean,
): string {
  const paint = (style: "red" | "green" | "bold", text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const table = new Table({
    head: HEAD.map((name) => paint("bold", name)),
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right", "left", "right", "left"],
  });
  for (const one of state.series) {
    const cells = cellsOf(one, nowMs);
    table.push(one.isActive ? cells.map((cell) => paint("red", cell)) : cells);
  }
  const isAway = state.isDetectorUp === false;
  const detector = paint(isAway ? "red" : "green", isAway ? "away" : "up");
  return `${url} at ${formatTime(Math.floor(nowMs / 1000) * 1000)}   ${state.isDetectorUp === undefined ? "no verdict yet" : `detector ${detector}`}   backlog ${count(state.backlog, "sample")}
${table.toString()}`;
}

function cellsOf(one: SeriesState, nowMs: number): string[] {
  const band =
    one.lower === undefined || one.upper === undefined
      ? ""
      : `${short3(one.lower)} … ${short3(one.upper)}`;
  return [
    printable(one.name),
    one.value === undefined ? "" : short3(one.value),
    band,
    one.score?.toFixed(2) ?? "",
    one.isActive ? "active" : printable(one.state).replace("_", " "),
    String(one.flags),
    one.lastFlagMs === undefined
      ? ""
      : `${formatTime(one.lastFlagMs)} (${formatDuration(Math.max(0, nowMs - one.lastFlagMs))} ago)`,
  ];
}

/** Digits that change each second make a table hard to read. */
const short3 = (value: number): string =>
  Math.abs(value) >= 1000 ? short(Math.round(value)) : String(Number(value.toPrecision(3)));
