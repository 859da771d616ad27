import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import fc from "fast-check";
import { IANAZone } from "luxon";
import type { CsvOptions } from "../../src/input/csv.ts";
import { openInput } from "../../src/input/open.ts";
import type { Batch } from "../../src/sample.ts";
import { START } from "../support/data.ts";

const OPTIONS: CsvOptions = {
  value: "value",
  series: [],
  decimal: ".",
  times: { zone: IANAZone.create("UTC") },
};

/** What a file gives: its samples, and how many rows gave none. */
async function read(bytes: Buffer | readonly Buffer[], options: Partial<CsvOptions> = {}) {
  const stdin = Readable.from(bytes instanceof Buffer ? [bytes] : bytes);
  const { batches } = await openInput("-", { ...OPTIONS, ...options }, stdin);
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return {
    values: all.flatMap(({ samples }) => samples.map(({ value }) => value)),
    series: all.flatMap(({ samples }) => samples.map(({ series }) => series)),
    withoutValue: all.reduce((sum, { skipped }) => sum + skipped.withoutValue, 0),
    outOfOrder: all.reduce((sum, { skipped }) => sum + skipped.outOfOrder, 0),
  };
}

const readText = (text: string, options: Partial<CsvOptions> = {}) =>
  read(Buffer.from(text), options);

/** `time,value` and rows of these values, a second apart. */
const rowsOf = (values: readonly (number | string)[]): string[] => [
  "time,value",
  ...values.map((value, at) => `${START + at},${value}`),
];

describe("CSV", () => {
  test("is read whole whatever ends each of its lines, and wherever its parts end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\r\r\n"), {
          minLength: 2,
          maxLength: 40,
        }),
        fc.nat(),
        fc.constantFrom("utf8" as const, "utf16le" as const),
        async (ends, cut, encoding) => {
          const values = [...ends.slice(1).keys()];
          const text = rowsOf(values)
            .map((row, at) => row + ends[at])
            .join("");
          const bytes = Buffer.from(`\uFEFF${text}`, encoding);
          const at = cut % bytes.length;
          const found = await read([bytes.subarray(0, at), bytes.subarray(at)]);
          assert.deepEqual(found.values, values);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is UTF-8 or UTF-16, with and without a byte order mark", async () => {
    const text = rowsOf([1, 2]).join("\r\n");
    const utf16 = Buffer.from(text, "utf16le");
    for (const bytes of [
      Buffer.from(text),
      Buffer.from(`\uFEFF${text}`),
      utf16,
      Buffer.from(`\uFEFF${text}`, "utf16le"),
      Buffer.from(utf16).swap16(),
      Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
    ]) {
      assert.deepEqual((await read(bytes)).values, [1, 2]);
    }
  });

  for (const [name, text, options] of [
    ["a comma", `time,value\n${START},1.5`, {}],
    ["a semicolon", `time;value\n${START};1.5`, {}],
    ["a tab, with empty fields", `note\ttime\tvalue \n\t${START}\t1.5 `, {}],
    ["a pipe with spaces around it", `time | value\n${START} | 1.5`, {}],
    ["a colon, which is given", `time:value\n${START}:1.5`, { delimiter: ":" }],
    ["what its sep= line says", `sep=;\r\ntime,s;value\r\n${START};1.5`, { time: "time,s" }],
    ["a comma, in spite of a ; in a name", `"a;b",time,value\n1,${START},1.5`, {}],
  ] as const) {
    test(`is separated by ${name}`, async () => {
      assert.deepEqual((await readText(text, options)).values, [1.5]);
    });
  }

  test("may have a sep= line before its header, as Grafana writes it", async () => {
    for (const sep of ["sep=,", "\uFEFFsep=,", '"sep=,"', "SEP=,"]) {
      const found = await readText(`${sep}\r\n${rowsOf([1, 2]).join("\r\n")}`);
      assert.deepEqual(found.values, [1, 2]);
    }
    await assert.rejects(
      readText(`sep=,\n${rowsOf([1, "x"]).join("\n")}`),
      /stdin: line 4: "x" in column "value" is not a finite number$/,
    );
  });

  test("has decimal commas when that is said, and says so when it looks like it", async () => {
    const text = `time;value\n${START};9,744\n${START + 1};10`;
    assert.deepEqual((await readText(text, { decimal: "," })).values, [9.744, 10]);
    await assert.rejects(readText(text), /"9,744" in column .* finite number: is it --decimal ,\?/);
    const quoted = `time,value\n${START},"9,744"`;
    assert.deepEqual((await readText(quoted, { decimal: "," })).values, [9.744]);
  });

  test("may lack columns at the end of a row that are not needed, and no others", async () => {
    const text = `time,value,note\n${START},1\n${START + 1},2,ok`;
    assert.deepEqual((await readText(text)).values, [1, 2]);
    await assert.rejects(readText(text, { series: ["note"] }), /line 2: 2 columns, but the header/);
    await assert.rejects(readText(`${text},\n`), /line 3: 4 columns, but the header has 3/);
  });

  test("may repeat a time, or an hour when the clocks change: such rows are skipped", async () => {
    const minutes = [...Array(180).keys()].map((at) => (at < 120 ? at : at - 60));
    const rows = minutes.map((minute, at) => `${START + 60 * minute},${at}`);
    const found = await readText(["time,value", ...rows].join("\n"));
    assert.deepEqual([found.values.length, found.outOfOrder], [120, 60]);
    const doubled = rowsOf([1, 2, 3]).flatMap((row, at) => (at === 0 ? [row] : [row, row]));
    assert.equal((await readText(doubled.join("\n"))).outOfOrder, 3);
    const twice = await readText(`time,value\n${START},1\n${START},2\n${START + 1},3\n`);
    assert.deepEqual(twice, { values: [1, 3], series: ["", ""], withoutValue: 0, outOfOrder: 1 });
  });

  test("does not count a row without a value as one out of order", async () => {
    const found = await readText(`${rowsOf([1, "-nan", 3]).join("\n")}\n${START},\n`);
    assert.deepEqual([found.values, found.withoutValue, found.outOfOrder], [[1, 3], 2, 0]);
  });
});

describe("JSON of Prometheus's API", () => {
  const result = [
    {
      metric: { __name__: "up", job: "a" },
      values: [
        [START, "1"],
        [START + 1, "NaN"],
      ],
    },
    {
      metric: { "odd.label": "b" },
      values: [
        [START, "+Inf"],
        [START + 1, "2"],
        [START, "3"],
      ],
    },
  ];
  const data = { resultType: "matrix", result };
  const whole = { status: "success", data };

  for (const [name, saved] of [
    ["a whole response", whole],
    ["its data", data],
    ["its result, as promtool prints it", result],
  ] as const) {
    test(`is ${name}`, async () => {
      const found = await readText(`\n ${JSON.stringify(saved, undefined, 2)}`);
      assert.deepEqual(found, {
        values: [1, 2],
        series: ['up{job="a"}', '{"odd.label"="b"}'],
        withoutValue: 2,
        outOfOrder: 1,
      });
    });
  }
});
