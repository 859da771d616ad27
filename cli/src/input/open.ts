import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { InputError, reasonOf } from "../errors.ts";
import type { Batch } from "../sample.ts";
import { type Columns, readCsv } from "./csv.ts";

/**
 * Reads a CSV file, or stdin when it is `-`.
 * @throws InputError naming the file
 */
export async function* readInput(
  file: string,
  columns: Columns,
  stdin: Readable,
): AsyncGenerator<Batch> {
  const name = file === "-" ? "stdin" : file;
  try {
    const size = file === "-" ? 0 : await sizeOf(file);
    let bytesRead = 0;
    const counted = async function* (stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of stream) {
        bytesRead += chunk.length;
        yield chunk;
      }
    };
    const stream = file === "-" ? stdin : createReadStream(file);
    for await (const batch of readCsv(counted(stream), columns)) {
      yield { ...batch, progress: size > 0 ? bytesRead / size : undefined };
    }
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name}: ${error.message}`) : error;
  }
}

/** The size of a file in bytes; 0 for what has none, such as a pipe. */
async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Error("it is a folder");
    return found.size;
  } catch (error) {
    throw new InputError(`can't be read: ${reasonOf(error)}`);
  }
}
