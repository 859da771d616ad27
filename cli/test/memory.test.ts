import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { randomFrom } from "@outliers/testing/random";
import { START } from "./support/data.ts";
import { outliers } from "./support/run.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Less than a sample takes, and more than the noise of the heap. */
const MAX_BYTES_PER_ROW = 30;

/** Rows of CSV; `onRow` is called when so many of them have been read. */
function* csv(rows: number, marks: readonly number[], onMark: () => void): Generator<Buffer> {
  const random = randomFrom(1);
  yield Buffer.from("time,value\n");
  for (let from = 0; from < rows; from += 1000) {
    if (marks.includes(from)) onMark();
    const lines = Array.from(
      { length: 1000 },
      (_, at) => `${START + from + at},${(10 * random()).toFixed(3)}\n`,
    );
    yield Buffer.from(lines.join(""));
  }
}

// What a detector learns is bounded, and nearly all there after 50,000 samples.
for (const [command, from, to] of [
  ["detect", 50_000, 150_000],
  ["backtest", 50_000, 100_000],
] as const) {
  test(`${command} needs no more memory for more rows`, async () => {
    const heapBytes: number[] = [];
    const measure = (): void => {
      collectGarbage();
      heapBytes.push(process.memoryUsage().heapUsed);
    };
    const marks = [0, 5000, 10_000].flatMap((more) => [from + more, to + more]);
    const input = Readable.from(csv(to + 11_000, marks, measure), { highWaterMark: 1 });
    const { stdout, stderr } = await outliers([command, "-"], input);
    assert.ok(`${stdout}${stderr}`.includes(`${(to + 11_000).toLocaleString("en")} samples`));
    // The least of several: some garbage outlives one collection.
    const before = Math.min(...heapBytes.slice(0, 3));
    const after = Math.min(...heapBytes.slice(3));
    assert.equal(heapBytes.length, 6);
    const perRow = (after - before) / (to - from);
    assert.ok(perRow < MAX_BYTES_PER_ROW, `${perRow} bytes a row`);
  });
}
