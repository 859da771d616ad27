import assert from "node:assert/strict";
import { test } from "node:test";
import { erfc } from "../erfc.ts";

test("erfc is what SciPy's erfc gives", () => {
  // python3 -c "from scipy.special import erfc; print([erfc(x) for x in (-1, 0, .5, 1, 2.5, 5, 10)])"
  const cases: [number, number][] = [
    [-1, 1.8427007929497148],
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [2.5, 4.069520174449589e-4],
    [5, 1.5374597944280347e-12],
    [10, 2.088487583762545e-45],
  ];
  for (const [x, wanted] of cases) {
    assert.ok(Math.abs(erfc(x) - wanted) <= 1e-12 * wanted, `erfc(${x}) is ${erfc(x)}`);
  }
});
