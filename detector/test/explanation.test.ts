import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Direction, Method, OutliersClient, type OutliersRequest, State } from "@outliers/proto";
import { normalFrom } from "@outliers/testing/random";
import { detect } from "../src/detect.ts";
import { decodeWindow } from "../src/window.ts";
import { RequestDecoder } from "../src/wire/request-decoder.ts";

function judge(values: readonly number[], options: OutliersRequest["options"] = {}) {
  const metrics = values.map((value) => ({ name: "cpu", value }));
  const request = { metrics, options: { includeScores: true, ...options } };
  return detect(
    decodeWindow(
      new RequestDecoder(),
      OutliersClient.service.Detect.requestSerialize(request),
      100_000,
    ),
  );
}

const EXAMPLE = [1, 2, 100, 1, 3, 200, 1];
const METHODS = [Method.METHOD_SIGMA, Method.METHOD_MAD, Method.METHOD_ADAPTIVE];

/** An idle host, with these values at the end. */
function idleThen(...last: number[]): number[] {
  const normal = normalFrom(3);
  return [...Array.from({ length: 1000 }, () => 20 + normal()), ...last];
}

/** A spike, a calm of 30 values, and a drop. */
const UP_AND_DOWN = idleThen(97, ...Array.from({ length: 30 }, () => 20), -50);
const SPIKE = 1000;
const DROP = 1031;

describe("an explanation", () => {
  test("comes with each outlier, and only when asked for", () => {
    const { indices, explanations } = judge(EXAMPLE, { method: Method.METHOD_MAD });
    assert.deepEqual(
      explanations?.map(({ index }) => index),
      indices,
    );
    assert.equal(judge(EXAMPLE, { includeScores: false }).explanations, undefined);
  });

  test("holds what the lists hold at its index, the direction and a reason", () => {
    for (const method of METHODS) {
      const answer = judge(UP_AND_DOWN, { method });
      for (const one of answer.explanations ?? []) {
        assert.equal(one.score, answer.scores?.[one.index]);
        assert.equal(one.expected, answer.expected?.[one.index]);
        assert.equal(one.lower, answer.lower?.[one.index]);
        assert.equal(one.upper, answer.upper?.[one.index]);
      }
      const directions = answer.explanations?.map(({ direction }) => direction);
      assert.deepEqual(directions?.slice(-2), [Direction.DIRECTION_UP, Direction.DIRECTION_DOWN]);
    }
  });

  test("says in words what each method saw", () => {
    const reason = (method: (typeof METHODS)[number], values = EXAMPLE) =>
      judge(values, { method }).explanations?.at(-1)?.reason;
    assert.equal(reason(Method.METHOD_SIGMA), "2.16 standard deviations from the window's mean");
    assert.equal(reason(Method.METHOD_MAD), "a modified z-score of 134 from the window's median");
    const adaptive = reason(Method.METHOD_ADAPTIVE, idleThen(97));
    assert.match(
      adaptive ?? "",
      /^97 is far above the [\d.]+–[\d.]+ seen in the last \d+ minutes$/,
    );
    const drop = reason(Method.METHOD_ADAPTIVE, idleThen(0));
    assert.match(drop ?? "", /^0 is far below the [\d.]+–[\d.]+ seen in the last \d+ minutes$/);
    const halves = idleThen().map((value, at) => (at % 2 ? value : value + 60));
    const between = reason(Method.METHOD_ADAPTIVE, [...halves, 50]);
    assert.match(
      between ?? "",
      /^50 is far from anything seen in the last \d+ minutes: the nearest/,
    );
  });
});

describe("the state of a series", () => {
  for (const method of METHODS) {
    test(`is warming_up, constant or ready by method ${method}`, () => {
      const state = (values: number[]) => judge(values, { method }).series?.[0]?.state;
      assert.equal(state([1]), State.STATE_WARMING_UP);
      assert.equal(state(Array.from({ length: 200 }, () => 7)), State.STATE_CONSTANT);
      assert.equal(state(idleThen()), State.STATE_READY);
    });
  }
});

describe("what counts", () => {
  for (const method of METHODS) {
    const asked = (options: OutliersRequest["options"], values = UP_AND_DOWN) =>
      judge(values, { method, ...options }).indices.filter((index) => index >= SPIKE);

    test(`by direction, by method ${method}`, () => {
      assert.deepEqual(asked({ direction: Direction.DIRECTION_BOTH }), [SPIKE, DROP]);
      assert.deepEqual(asked({ direction: Direction.DIRECTION_UP }), [SPIKE]);
      assert.deepEqual(asked({ direction: Direction.DIRECTION_DOWN }), [DROP]);
    });

    test(`by the least deviation from what is expected, by method ${method}`, () => {
      assert.deepEqual(asked({ minDeviation: 72 }), [SPIKE]);
      assert.deepEqual(asked({ minDeviation: 100 }), []);
    });

    test(`by a trigger of 2 of 3, by method ${method}`, () => {
      const trigger = { k: 2, n: 3 };
      assert.deepEqual(asked({ trigger }, idleThen(97, 20, 97)), [1002]);
      assert.deepEqual(asked({ trigger }, idleThen(97, 20, 20, 97)), []);
    });

    test(`what does not count scores 1 at most, by method ${method}`, () => {
      const direction = Direction.DIRECTION_DOWN;
      const { scores = [] } = judge(idleThen(97), { method, direction });
      assert.ok((scores[1000] ?? 0) <= 1);
    });
  }

  test("a jump from 0.2 to 0.9 % wakes nobody when 2 % are asked for", () => {
    const values = Array.from({ length: 500 }, (_, at) => (at === 400 ? 0.9 : 0.2));
    const method = Method.METHOD_ADAPTIVE;
    assert.deepEqual(judge(values, { method }).indices, [400]);
    assert.deepEqual(judge(values, { method, minDeviation: 2 }).indices, []);
  });
});
