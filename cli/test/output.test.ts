import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, test } from "node:test";
import { createProgress } from "../src/output/progress.ts";
import { recordLines } from "../src/output/records.ts";

/** What is written to stderr while a million samples are read in 60 s. */
function progressOf(isTTY: boolean, isSizeKnown: boolean): string {
  let text = "";
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  let nowMs = 0;
  const io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: Object.assign(stderr, { isTTY, columns: 80, cursorTo() {}, clearLine() {} }),
  };
  const progress = createProgress(io, () => nowMs);
  for (let second = 1; second <= 60; second++) {
    nowMs = 1000 * second;
    progress.update(isSizeKnown ? second / 60 : undefined, Math.round((1e6 * second) / 60));
  }
  progress.end();
  return text;
}

describe("progress", () => {
  test("is a line every 10 s where there is no terminal", () => {
    const lines = progressOf(false, true).split("\n");
    assert.deepEqual(lines.slice(0, 2), [
      "166,667 samples so far (16 %)",
      "333,333 samples so far (33 %)",
    ]);
    assert.equal(lines.length, 7);
    assert.match(progressOf(false, false), /^166,667 samples so far\n/);
  });

  test("is a bar on a terminal, or a number where the size is unknown", () => {
    assert.match(progressOf(true, true), /█.*\d+% \| [\d,]+ samples? \| .* to go/);
    assert.match(progressOf(true, false), /[\d,]+ samples? \| \d+s/);
  });
});

test("records are CSV that others can read, and JSON without what is not known", () => {
  const records = [
    { name: 'a,"b"', value: 1.5, worst: undefined },
    { name: "line\nbreak", value: -0, worst: true },
  ];
  assert.equal(
    recordLines("csv", records),
    'name,value,worst\n"a,""b""",1.5,\n"line\nbreak",0,true\n',
  );
  assert.equal(
    recordLines("json", records),
    '{"name":"a,\\"b\\"","value":1.5}\n{"name":"line\\nbreak","value":0,"worst":true}\n',
  );
  assert.equal(recordLines("csv", []), "");
});
