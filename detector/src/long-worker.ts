// The thread of long-work.ts: judges one request after the other.
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { detect } from "./detect.ts";
import { RequestError } from "./errors.ts";
import { encode } from "./slices.ts";
import { decodeWindow } from "./window.ts";
import { RequestDecoder } from "./wire/request-decoder.ts";

export type LongRequest = { bytes: Uint8Array; maxPoints: number };

/** What came of a request: the bytes of the response, or an error. */
export type LongAnswer =
  | { method: string; points: number; outliers: number; seconds: number; bytes: Uint8Array }
  | { code: RequestError["code"]; message: string };

const decoder = new RequestDecoder();

/** Of this thread alone, on Linux: the others go first. */
const NICE = 10;

try {
  setPriority(NICE);
} catch {
  // Where that isn't allowed the scheduler shares the processor evenly.
}

parentPort?.on("message", ({ bytes, maxPoints }: LongRequest) => {
  parentPort?.postMessage(answer(bytes, maxPoints));
});

function answer(bytes: Uint8Array, maxPoints: number): LongAnswer {
  try {
    const window = decodeWindow(
      decoder,
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      maxPoints,
    );
    const startedMs = performance.now();
    const verdicts = detect(window);
    const seconds = (performance.now() - startedMs) / 1000;
    return {
      method: window.settings.method.name,
      points: window.points,
      outliers: verdicts.indices.length,
      seconds,
      bytes: encode(verdicts),
    };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { code: error.code, message: error.message };
  }
}
