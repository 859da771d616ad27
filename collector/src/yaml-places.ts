import { LineCounter, parseDocument, type Scalar } from "yaml";

/** Parses YAML. `at` is where an offset is, as `file:line:column`, for messages. */
export function parseYaml(text: string, file: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return {
    document,
    at: (offset: number): string => {
      const { line, col } = lines.linePos(offset);
      return `${file}:${line}:${col}`;
    },
  };
}

/** `queries[2].interval` */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((key, at) => (typeof key === "number" ? `[${key}]` : `${at > 0 ? "." : ""}${String(key)}`))
    .join("");

/**
 * Where a character of a text is written, however YAML spells the text: lines may be indented or
 * folded, and characters escaped.
 * @param source the whole document
 * @param scalar the text in it
 * @param at the character
 */
export function offsetInScalar(source: string, scalar: Scalar<string>, at: number): number {
  const [start, end] = scalar.range ?? [0, 0];
  const isQuoted = scalar.type === "QUOTE_DOUBLE" || scalar.type === "QUOTE_SINGLE";
  const isBlock = scalar.type === "BLOCK_LITERAL" || scalar.type === "BLOCK_FOLDED";
  let offset = isBlock ? source.indexOf("\n", start) + 1 : start + Number(isQuoted);
  // YAML adds and drops only white space, and characters that escape the next one.
  const isSkipped = (index: number): boolean =>
    /\s/.test(source[index] ?? "") ||
    (scalar.type === "QUOTE_DOUBLE" && source[index] === "\\" && source[index - 1] !== "\\") ||
    (scalar.type === "QUOTE_SINGLE" && source.startsWith("''", index));
  const isAtEnd = scalar.value.slice(at).trim() === "";
  let left = scalar.value.slice(0, at).replace(/\s/g, "").length;
  for (; offset < end && (left > 0 || (!isAtEnd && isSkipped(offset))); offset++)
    if (!isSkipped(offset)) left -= 1;
  return offset;
}
