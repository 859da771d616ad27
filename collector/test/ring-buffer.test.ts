import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RingBuffer } from "../src/ring-buffer.ts";

describe("a ring buffer", () => {
  it("is empty at first", () => {
    assert.deepEqual(new RingBuffer<number>(3).toArray(), []);
  });

  it("holds the last items in order, whatever was pushed", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (items, capacity) => {
        const buffer = new RingBuffer<number>(capacity);
        for (const item of items) buffer.push(item);
        assert.deepEqual(buffer.toArray(), items.slice(-capacity));
        assert.equal(buffer.size, Math.min(items.length, capacity));
        assert.equal(buffer.pushed, items.length);
      }),
    );
  });
});
