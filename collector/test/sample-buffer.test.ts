import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { SampleBuffer } from "../src/sample-buffer.ts";

it("holds the last samples by sequence number, whatever was pushed", () => {
  const values = fc.array(fc.double({ noNaN: true }), { maxLength: 300 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 200 }), (all, capacity) => {
      const buffer = new SampleBuffer(capacity);
      for (const [timeMs, value] of all.entries()) buffer.push({ timeMs, value });
      assert.equal(buffer.pushed, all.length);
      assert.equal(buffer.oldest, Math.max(0, all.length - capacity));
      for (let sequence = buffer.oldest; sequence < buffer.pushed; sequence++) {
        assert.deepEqual(buffer.at(sequence), { timeMs: sequence, value: all[sequence] });
      }
    }),
  );
});
