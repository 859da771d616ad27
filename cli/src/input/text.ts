import { InputError } from "../errors.ts";

/** Enough to recognise the encoding. */
const FIRST_BYTES = 4;
/** A first line that is longer is no header. */
const MAX_LINE_BYTES = 1 << 20;

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/**
 * Text in UTF-8 or UTF-16 as UTF-8, without the byte order mark.
 * @throws InputError when it is binary, or in another encoding
 */
export async function* utf8Of(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { first, all } = await peek(bytes, (buffer) => buffer.length >= FIRST_BYTES);
  const encoding = encodingOf(first);
  const decoder = encoding === "utf-8" ? undefined : new TextDecoder(encoding);
  let markBytes = encoding === "utf-8" && first.indexOf("\uFEFF") === 0 ? 3 : 0;
  let offset = 0;
  for await (const chunk of all) {
    const text = decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
    const zeroAt = text.indexOf(0);
    // Text never holds a zero byte; most binary formats begin with some.
    if (zeroAt !== -1) {
      throw new InputError(`byte ${offset + zeroAt} is 0: this is not CSV but a binary file`);
    }
    yield text.subarray(markBytes);
    offset += text.length;
    markBytes = 0;
  }
}

/** By the byte order mark; without one, by the zero bytes of ASCII characters in UTF-16. */
function encodingOf(first: Buffer): Encoding {
  const hex = first.subarray(0, FIRST_BYTES).toString("hex");
  if (hex === "fffe0000" || hex === "0000feff") {
    throw new InputError("the encoding is UTF-32: expected UTF-8 or UTF-16");
  }
  if (hex.startsWith("fffe") || /^(?!00)[0-7].00(?!00)[0-7].00$/.test(hex)) return "utf-16le";
  if (hex.startsWith("feff") || /^00(?!00)[0-7].00(?!00)[0-7].$/.test(hex)) return "utf-16be";
  return "utf-8";
}

/** The first line of text that is not blank, and all the text with it. */
export async function firstLine(text: AsyncIterable<Buffer>) {
  const { first, all } = await peek(
    text,
    (buffer) => buffer.length > MAX_LINE_BYTES || /[\r\n]/.test(buffer.toString().trimStart()),
  );
  return { line: /[^\r\n]*/.exec(first.toString().trimStart())?.[0].trimEnd() ?? "", all };
}

/** Reads until it is enough, without losing what was read. */
async function peek(bytes: AsyncIterable<Buffer>, isEnough: (first: Buffer) => boolean) {
  const iterator = bytes[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (!isEnough(first)) {
    const { value, done } = await iterator.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { first, all: all() };
}
