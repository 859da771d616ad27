/** The mark between the whole and the fraction of a number. */
export type DecimalMark = "." | ",";

const NUMBERS: Readonly<Record<DecimalMark, RegExp>> = {
  ".": /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
  ",": /^[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i,
};

/** NaN and infinities, as C, Python, Microsoft's C, Java and Prometheus print them. */
const NOT_FINITE = /^[+-]?(nan|nan\(.*\)|s?nan\d*|inf|infinity|∞|1\.#(inf|ind|qnan|snan)\d*)$/i;

/** Other words for a missing value, in lower case: of SQL, Go, Python, R, spreadsheets and people. */
const MISSING: ReadonlySet<string> = new Set(
  [
    "|null|(null)|<null>|nil|<nil>|none|undefined|\\n",
    "na|n/a|n.a.|<na>|#n/a|#na|#n/a n/a|nat|missing|no data|nodata",
    "-|--|---|–|—|.|..|?|*|u|unknown|stale",
    "#value!|#div/0!|#ref!|#num!|#name?|#null!|#error!",
  ].flatMap((words) => words.split("|")),
);

/**
 * A value as text.
 * @returns undefined when it is missing, as NaN is; NaN when the text is not a finite number
 */
export function parseValue(text: string, decimal: DecimalMark): number | undefined {
  if (NUMBERS[decimal].test(text)) {
    const value = Number(text.replace(",", "."));
    return Number.isFinite(value) ? value : Number.NaN;
  }
  return MISSING.has(text.toLowerCase()) || NOT_FINITE.test(text) ? undefined : Number.NaN;
}
