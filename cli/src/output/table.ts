import { styleText } from "node:util";
import Table from "cli-table3";
import { printable } from "./printable.ts";

/** A column of a table. */
export type TableColumn = { name: string; align?: "left" | "right" };

/** Room for the first column at least, however narrow the terminal is. */
const MIN_FIRST_WIDTH = 10;
const GAP = 2;

const PARTS =
  "top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle";
const NO_BORDERS = Object.fromEntries(PARTS.split(" ").map((part) => [part, ""]));

/**
 * A table without borders.
 * @param width of the lines: what is too long in the first column goes on in the next line
 * @param isMarked whether a row stands out in red
 */
export function tableOf(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  { width, isColoured, isMarked }: TableStyle,
): string {
  const shown = rows.map((row) => row.map(printable));
  const others = columns
    .slice(1)
    .map(({ name }, at) => Math.max(name.length, ...shown.map((row) => row[at + 1]?.length ?? 0)));
  const taken = others.reduce((sum, one) => sum + one + GAP, 0);
  const firstWidth = Math.max(MIN_FIRST_WIDTH, width - taken);
  const table = new Table({
    head: columns.map(({ name }) => (isColoured ? bold(name) : name)),
    chars: NO_BORDERS,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": GAP },
    colAligns: columns.map(({ align = "left" }) => align),
  });
  for (const [at, [first = "", ...rest]] of shown.entries()) {
    const cells = [wrap(first, firstWidth), ...rest];
    table.push(isColoured && isMarked?.(at) ? cells.map(red) : cells);
  }
  return table.toString().replace(/[^\S\n]+$/gm, "");
}

export type TableStyle = {
  width: number;
  isColoured: boolean;
  isMarked?: (row: number) => boolean;
};

/** The beginning of a line that goes on with the one before. */
export const CONTINUED = "  ";

/** The name of a series, in lines of a width, if possible with a break between two labels. */
function wrap(name: string, width: number): string {
  const lines: string[] = [];
  let rest = name;
  while (rest.length > width) {
    const head = rest.slice(0, width);
    const end = Math.max(head.lastIndexOf(",") + 1, head.indexOf("{") + 1);
    // What is shorter than the indent would never end.
    const length = end > CONTINUED.length + 1 ? end : width;
    lines.push(rest.slice(0, length));
    rest = `${CONTINUED}${rest.slice(length)}`;
  }
  return [...lines, rest].join("\n");
}

/** Text of at most a width; names often differ at their ends. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${tail > 0 ? text.slice(-tail) : ""}`;
}

const bold = (text: string): string => styleText("bold", text, { validateStream: false });
const red = (text: string): string => styleText("red", text, { validateStream: false });
