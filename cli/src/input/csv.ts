import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, type Info, parse } from "csv-parse";
import { InputError } from "../errors.ts";
import { seriesIdentity } from "../prometheus/identity.ts";
import type { Batch, Sample } from "../sample.ts";
import { Order } from "./order.ts";
import { TIME_FORMATS, type TimeOptions, timeParser } from "./time.ts";
import { type DecimalMark, parseValue } from "./value.ts";

/** How CSV is to be read. */
export type CsvOptions = {
  /** The names of columns; without `time` it is the first of TIME_COLUMNS that exists. */
  time?: string | undefined;
  value: string;
  /** The columns that tell the series apart. */
  series: readonly string[];
  /** Without it, it is recognised. */
  delimiter?: string | undefined;
  decimal: DecimalMark;
  times: TimeOptions;
};

const TIME_COLUMNS: readonly string[] = ["timestamp", "time"];
const DELIMITERS: readonly string[] = [",", ";", "\t", "|"];
/** What Grafana and Excel write before the header. */
const SEPARATOR_LINE = /^"?sep=(.)"?/i;

const BATCH_ROWS = 1000;
const MAX_RECORD_BYTES = 1 << 20;

type Row = { record: string[]; info: Info };

/** What a row gives: a sample, or why there is none. */
type Reading = Sample | "withoutValue" | "outOfOrder";

const emptyBatch = (): Batch => ({ samples: [], skipped: { withoutValue: 0, outOfOrder: 0 } });

/**
 * Reads CSV with a header row, in batches: memory does not grow with the rows.
 * @param text in UTF-8
 * @param line the first line that is not blank
 * @throws InputError naming the line, from 1
 */
export async function* readCsv(
  text: AsyncIterable<Buffer>,
  line: string,
  options: CsvOptions,
): AsyncGenerator<Batch> {
  const separator = SEPARATOR_LINE.exec(line)?.[1];
  const delimiter = options.delimiter ?? separator ?? delimiterOf(line);
  const parser = parse({
    delimiter,
    info: true,
    max_record_size: MAX_RECORD_BYTES,
    // Named, because csv-parse takes the ends of all lines to be like the first one's.
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    // A tab is white space too.
    trim: delimiter !== "\t",
  });
  // Its errors come out of the parser too, where they are thrown.
  pipeline(Readable.from(text), parser).catch(() => {});
  const rows: AsyncIterable<Row> = parser;
  let isSeparatorLine = separator !== undefined;
  let read: ((row: Row) => Reading) | undefined;
  const order = new Order("line", "is --series the column that names them?");
  let batch = emptyBatch();
  let count = 0;
  try {
    for await (const row of rows) {
      if (isSeparatorLine) {
        isSeparatorLine = false;
        continue;
      }
      if (read === undefined) {
        const header = row.record.map((name) => name.trim());
        read = rowReader(header, delimiter, options, order);
        continue;
      }
      const reading = read(row);
      if (typeof reading === "object") batch.samples.push(reading);
      else batch.skipped[reading] += 1;
      count += 1;
      if (count % BATCH_ROWS !== 0) continue;
      order.check();
      yield batch;
      batch = emptyBatch();
    }
  } catch (error) {
    throw error instanceof CsvError ? csvError(error) : error;
  }
  if (read === undefined) {
    throw new InputError("it is empty: expected a header row such as timestamp,value, and rows");
  }
  if (count === 0) throw new InputError("it has a header row, and no rows after it");
  order.check();
  yield batch;
}

/** The delimiter of a header: a comma, unless it has none and one of the others. */
const delimiterOf = (header: string): string =>
  DELIMITERS.find((delimiter) => header.includes(delimiter)) ?? ",";

function rowReader(
  header: readonly string[],
  delimiter: string,
  { time, value, series, decimal, times }: CsvOptions,
  order: Order,
): (row: Row) => Reading {
  const timeAt = columnOf(header, time === undefined ? TIME_COLUMNS : [time], delimiter);
  const valueAt = columnOf(header, [value], delimiter);
  const labels = labelColumns(header, series, delimiter);
  const needed = Math.max(timeAt, valueAt, ...labels.map(({ at }) => at));
  const parseTime = timeParser(times);

  return ({ record, info: { lines: line } }) => {
    if (record.length > header.length || record.length <= needed) {
      throw columnCountError(line, record, header, delimiter);
    }
    const timeText = record[timeAt]?.trim() ?? "";
    const timeMs = parseTime(timeText);
    if (timeMs === undefined) {
      const hint = times.format === undefined ? "; for other forms give --time-format" : "";
      throw new InputError(
        `line ${line}: ${quote(timeText)} in column ${quote(header[timeAt])} is not a time: expected ${times.format ?? TIME_FORMATS}${hint}`,
      );
    }
    const valueText = record[valueAt]?.trim() ?? "";
    const number = parseValue(valueText, decimal);
    if (number === undefined) return "withoutValue";
    if (Number.isNaN(number)) {
      const isOtherMark = !Number.isNaN(parseValue(valueText, decimal === "," ? "." : ","));
      const hint = isOtherMark ? `: is it --decimal ${decimal === "," ? "." : ","}?` : "";
      throw new InputError(
        `line ${line}: ${quote(valueText)} in column ${quote(header[valueAt])} is not a finite number${hint}`,
      );
    }
    const sample: Sample = { series: nameOf(labels, record), timeMs, value: number };
    return order.accepts(sample, line) ? sample : "outOfOrder";
  };
}

type LabelColumn = { name: string; at: number };

/** One column names the series itself; several are its labels. */
function nameOf(labels: readonly LabelColumn[], record: readonly string[]): string {
  const [first] = labels;
  if (first === undefined) return "";
  if (labels.length === 1) return record[first.at] ?? "";
  return seriesIdentity("", new Map(labels.map(({ name, at }) => [name, record[at] ?? ""])));
}

/** The columns of --series: each may name several, with commas between them. */
const labelColumns = (
  header: readonly string[],
  series: readonly string[],
  delimiter: string,
): LabelColumn[] =>
  series
    .flatMap((name) => (header.includes(name) ? [name] : name.split(",").map((one) => one.trim())))
    .map((name) => ({ name, at: columnOf(header, [name], delimiter) }));

function columnOf(header: readonly string[], names: readonly string[], delimiter: string): number {
  const inLowerCase = (text: string): string => text.toLowerCase();
  const at = [
    ...names.map((name) => header.indexOf(name)),
    ...names.map((name) => header.map(inLowerCase).indexOf(inLowerCase(name))),
  ].find((index) => index !== -1);
  if (at !== undefined) return at;
  const wanted = names.map(quote).join(" or ");
  const columns = header.map(quote).join(", ");
  throw new InputError(
    header.length === 1
      ? `line 1: no column ${wanted}; there is only ${columns}: is ${quote(delimiter)} the delimiter? Choose with --delimiter`
      : `line 1: no column ${wanted}; there are ${columns}: choose with --time, --value and --series`,
  );
}

function columnCountError(
  line: number,
  record: readonly string[],
  header: readonly string[],
  delimiter: string,
): InputError {
  const isLonger = record.length > header.length;
  const hint =
    isLonger && delimiter === ","
      ? ": a number with a comma has to be in quotes, with --decimal , if the comma is its decimal mark"
      : "";
  return new InputError(
    `line ${line}: ${record.length} ${record.length === 1 ? "column" : "columns"}, but the header has ${header.length}${hint}`,
  );
}

function csvError({ message, code, lines }: CsvError & { lines?: unknown }): InputError {
  const line = typeof lines === "number" ? `line ${lines}: ` : "";
  if (code === "CSV_MAX_RECORD_SIZE") {
    return new InputError(`${line}over ${MAX_RECORD_BYTES} bytes in one row: is this CSV?`);
  }
  return new InputError(`${line}${message}`);
}

/** In quotes, control characters escaped, and no longer than fits on a line. */
function quote(text = ""): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
