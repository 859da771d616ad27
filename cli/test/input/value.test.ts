import assert from "node:assert/strict";
import { test } from "node:test";
import { parseValue } from "../../src/input/value.ts";

test("a value is a decimal number", () => {
  for (const [text, value] of [
    ["9.744", 9.744],
    ["-1", -1],
    ["+.5e+01", 5],
    ["1.0511000000e+01", 10.511],
    ["1e3", 1000],
  ] as const) {
    assert.equal(parseValue(text, "."), value, text);
  }
  assert.equal(parseValue("10,5", ","), 10.5);
  assert.equal(parseValue("-,5", ","), -0.5);
});

test("a value may be missing, in the words of many tools", () => {
  const words =
    "|nan|NaN|-nan|+NaN|-nan(ind)|null|NULL|None|nil|<nil>|undefined|\\N|NA|N/A|n/a|<NA>|#N/A|(null)|NaT|-|--|U|missing|no data|inf|-Inf|+Inf|Infinity|-Infinity|∞|1.#INF|-1.#IND|#DIV/0!|#VALUE!";
  for (const text of words.split("|")) assert.equal(parseValue(text, "."), undefined, text);
});

test("other text is not a finite number", () => {
  for (const text of ["high", "1,5", "1.5.2", "0x10", "1e999", "12 %", "1 000", "true", "nano"]) {
    assert.ok(Number.isNaN(parseValue(text, ".")), text);
  }
  assert.ok(Number.isNaN(parseValue("1.5", ",")));
});
