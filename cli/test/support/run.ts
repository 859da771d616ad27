import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Io } from "../../src/io.ts";
import { run } from "../../src/program.ts";

export const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A terminal, or what takes its place. */
export type Terminal = { isTTY?: boolean; columns?: number };

/**
 * Runs a command in this process.
 * @param input what it gets on stdin
 * @param env all of its environment
 * @param terminal what stdout is
 */
export async function outliers(
  args: readonly string[],
  input: string | Buffer | Readable = "",
  env: Record<string, string> = {},
  terminal: Terminal = {},
) {
  const stdin =
    input instanceof Readable ? input : Readable.from([Buffer.from(input)].filter(isNotEmpty));
  const [stdout, stderr] = [sink(), sink()];
  const io: Io = {
    stdin,
    stdout: Object.assign(stdout.stream, terminal),
    stderr: stderr.stream,
  };
  const code = await run(args, io, env);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

const isNotEmpty = ({ length }: Buffer): boolean => length > 0;

function sink() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
