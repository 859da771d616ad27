import type { Readable, Writable } from "node:stream";

/** The process's streams, as far as commands use them. */
export type Io = {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  stderr: Writable & { isTTY?: boolean };
};

/** Prints to stdout, and waits while its reader is slower: what waits in memory is bounded. */
export async function print({ stdout }: Io, text: string): Promise<void> {
  if (text === "" || stdout.write(text)) return;
  await new Promise<void>((resolve) => stdout.once("drain", () => resolve()));
}

/** Tells the user something that is no result, on stderr. */
export const tell = ({ stderr }: Io, text: string): void => {
  stderr.write(`${text}\n`);
};
