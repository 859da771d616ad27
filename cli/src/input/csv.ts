import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, type Info, parse } from "csv-parse";
import { InputError } from "../errors.ts";
import type { Batch, Sample } from "../sample.ts";
import { Order } from "./order.ts";
import { parseTime, TIME_FORMATS } from "./time.ts";

/** Names of the columns; without `time` it is the first there is of TIME_COLUMNS. */
export type Columns = { time?: string; value: string; series?: string };

const TIME_COLUMNS: readonly string[] = ["timestamp", "time"];

const BATCH_ROWS = 1000;
const MAX_RECORD_BYTES = 1 << 20;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NO_VALUE = /^(nan|null|na|n\/a)?$/i;

type Row = { record: string[]; info: Info };

/**
 * Reads CSV with a header row, in batches: memory does not grow with the rows.
 * @throws InputError naming the line, from 1
 */
export async function* readCsv(
  bytes: AsyncIterable<Buffer>,
  columns: Columns,
): AsyncGenerator<Batch> {
  const parser = parse({
    bom: true,
    info: true,
    max_record_size: MAX_RECORD_BYTES,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // Its errors come out of the parser too, where they are thrown.
  pipeline(Readable.from(textOf(bytes)), parser).catch(() => {});
  const rows: AsyncIterable<Row> = parser;
  let toSample: ((row: Row) => Sample | undefined) | undefined;
  let batch: Batch = { samples: [], skipped: 0 };
  let read = 0;
  try {
    for await (const row of rows) {
      if (toSample === undefined) {
        toSample = rowReader(row.record, columns);
        continue;
      }
      const sample = toSample(row);
      if (sample) batch.samples.push(sample);
      else batch.skipped += 1;
      read += 1;
      if (read % BATCH_ROWS !== 0) continue;
      yield batch;
      batch = { samples: [], skipped: 0 };
    }
  } catch (error) {
    throw error instanceof CsvError ? csvError(error) : error;
  }
  if (toSample === undefined)
    throw new InputError("it is empty: expected a header row such as timestamp,value, and rows");
  if (read === 0) throw new InputError("it has a header row, and no rows after it");
  yield batch;
}

/** Text never holds a zero byte; most binary formats begin with some. */
async function* textOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const chunk of bytes) {
    const at = chunk.indexOf(0);
    if (at !== -1) {
      throw new InputError(`byte ${offset + at} is 0: this is not CSV but a binary file`);
    }
    offset += chunk.length;
    yield chunk;
  }
}

function rowReader(header: readonly string[], columns: Columns) {
  const timeAt = columnOf(header, columns.time === undefined ? TIME_COLUMNS : [columns.time]);
  const valueAt = columnOf(header, [columns.value]);
  const seriesAt = columns.series === undefined ? -1 : columnOf(header, [columns.series]);
  const order = new Order();

  return ({ record, info }: Row): Sample | undefined => {
    const line = info.lines;
    const timeText = record[timeAt];
    const valueText = record[valueAt];
    const series = seriesAt === -1 ? "" : record[seriesAt];
    if (timeText === undefined || valueText === undefined || series === undefined) {
      throw new InputError(
        `line ${line}: ${record.length} columns, where the header has ${header.length}`,
      );
    }
    const timeMs = parseTime(timeText);
    if (timeMs === undefined) {
      throw new InputError(
        `line ${line}: ${quote(timeText)} in column ${quote(header[timeAt])} is no time: expected ${TIME_FORMATS}`,
      );
    }
    order.check(series, timeMs, line);
    if (NO_VALUE.test(valueText)) return undefined;
    const value = NUMBER.test(valueText) ? Number(valueText) : Number.NaN;
    if (!Number.isFinite(value)) {
      throw new InputError(
        `line ${line}: ${quote(valueText)} in column ${quote(header[valueAt])} is not a finite number`,
      );
    }
    return { series, timeMs, value };
  };
}

function columnOf(header: readonly string[], names: readonly string[]): number {
  const inLowerCase = (text: string): string => text.toLowerCase();
  const at = [
    ...names.map((name) => header.indexOf(name)),
    ...names.map((name) => header.map(inLowerCase).indexOf(inLowerCase(name))),
  ].find((index) => index !== -1);
  if (at !== undefined) return at;
  const [only = ""] = header;
  if (header.length === 1 && /[;\t|]/.test(only)) {
    throw new InputError(
      `line 1: one column, ${quote(only)}: columns have to be separated by commas`,
    );
  }
  const wanted = names.map(quote).join(" or ");
  throw new InputError(
    `line 1: no column ${wanted}; there ${header.length === 1 ? "is" : "are"} ${header.map(quote).join(", ")}: choose with --time, --value and --series`,
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
