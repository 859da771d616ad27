/** How results are printed: for people, or for programs. */
export const OUTPUTS = ["table", "csv", "json"] as const;
export type Output = (typeof OUTPUTS)[number];

/** Named fields; undefined is what is not known. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Records as lines of CSV or of JSON.
 * @param hasHead whether the names of the fields come before them, in CSV
 */
export function recordLines(
  output: "csv" | "json",
  records: readonly Fields[],
  hasHead = true,
): string {
  if (output === "json") return records.map((fields) => `${JSON.stringify(fields)}\n`).join("");
  const [first] = records;
  const head = hasHead && first ? csvLine(Object.keys(first)) : "";
  return head + records.map((fields) => csvLine(Object.values(fields))).join("");
}

const csvLine = (values: readonly Fields[string][]): string =>
  `${values.map(csvField).join(",")}\n`;

/** @see RFC 4180 */
function csvField(value: Fields[string]): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
