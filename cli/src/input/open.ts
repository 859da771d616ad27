import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { InputError, reasonOf } from "../errors.ts";
import type { Batch } from "../sample.ts";
import { type CsvOptions, readCsv } from "./csv.ts";
import { readJson } from "./json.ts";
import { firstLine, utf8Of } from "./text.ts";

/** Samples, as they are read. */
export type Input = {
  /** Whether the samples are of series with names. */
  isNamed: boolean;
  batches: AsyncGenerator<Batch>;
};

/**
 * Opens a file of CSV or of a response of Prometheus, or stdin when it is `-`.
 * @throws InputError naming the file; so do the batches
 */
export async function openInput(
  file: string,
  options: CsvOptions,
  stdin: Readable,
): Promise<Input> {
  const name = file === "-" ? "stdin" : file;
  const named = (error: unknown): unknown =>
    error instanceof InputError ? new InputError(`${name}: ${error.message}`) : error;
  const size = file === "-" ? 0 : await sizeOf(file);
  let bytesRead = 0;
  const stream = file === "-" ? stdin : createReadStream(file);
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      bytesRead += chunk.length;
      yield chunk;
    }
  };
  try {
    const { line, all } = await firstLine(utf8Of(counted()));
    const isJson = /^[{[]/.test(line);
    const read = isJson ? readJson(all) : readCsv(all, line, options);
    const batches = async function* (): AsyncGenerator<Batch> {
      try {
        for await (const batch of read) {
          yield { ...batch, progress: size > 0 ? bytesRead / size : undefined };
        }
      } catch (error) {
        throw named(error);
      } finally {
        // Whoever still writes to stdin would keep the process alive.
        stream.destroy();
      }
    };
    return { isNamed: isJson || options.series.length > 0, batches: batches() };
  } catch (error) {
    stream.destroy();
    throw named(error);
  }
}

/** The size of a file in bytes; 0 for what has none, such as a pipe. */
async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Error("it is a folder");
    return found.size;
  } catch (error) {
    throw new InputError(`${file}: can't be read: ${reasonOf(error)}`);
  }
}
