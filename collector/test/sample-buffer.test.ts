import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { SampleBuffer } from "../src/sample-buffer.ts";

it("holds the last samples by sequence number, whatever was pushed", () => {
  const values = fc.array(fc.double({ noNaN: true }), { maxLength: 300 });
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 200 }),
      fc.boolean(),
      (all, capacity, hasPeers) => {
        const buffer = new SampleBuffer(capacity);
        const sampleAt = (timeMs: number) => ({
          timeMs,
          value: all[timeMs] ?? 0,
          ...(hasPeers && { reference: -timeMs }),
        });
        for (const timeMs of all.keys()) buffer.push(sampleAt(timeMs));
        assert.equal(buffer.pushed, all.length);
        assert.equal(buffer.oldest, Math.max(0, all.length - capacity));
        for (let sequence = buffer.oldest; sequence < buffer.pushed; sequence++) {
          assert.deepEqual(buffer.at(sequence), sampleAt(sequence));
        }
      },
    ),
  );
});
