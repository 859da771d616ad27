import { LineCounter, parse, parseDocument, type Scalar } from "yaml";

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

/** How YAML writes one character of a text in quotes. */
const QUOTED = {
  QUOTE_DOUBLE: /\\(?:x..|u.{4}|U.{8}|\r\n|.)|./sy,
  QUOTE_SINGLE: /''|./sy,
};

/**
 * Where a character of a text is written, however YAML spells the text: lines may be indented or
 * folded, and characters escaped.
 * @param source the whole document
 * @param scalar the text in it
 * @param at the character
 */
export function offsetInScalar(source: string, scalar: Scalar<string>, at: number): number {
  const { value, type } = scalar;
  const [start, end] = scalar.range ?? [0, 0];
  const quoted = type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE" ? QUOTED[type] : undefined;
  const isBlock = type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";
  let offset = isBlock ? source.indexOf("\n", start) + 1 : start + Number(quoted !== undefined);
  // YAML adds and drops only white space: the other characters are counted.
  let left = withoutSpace(value.slice(0, at)).length;
  const isAtEnd = withoutSpace(value.slice(at)) === "";
  while (offset < end) {
    const written = quoted ? matchAt(quoted, source, offset) : (source[offset] ?? "");
    const quote = source[start] ?? "";
    const text = written.length > 1 ? String(parse(quote + written + quote)) : written;
    const counted = withoutSpace(text).length;
    if (left <= 0 && (isAtEnd || counted > 0)) break;
    left -= counted;
    offset += written.length;
  }
  return offset;
}

const withoutSpace = (text: string): string => text.replace(/\s/g, "");

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? "";
}
