import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { SampleBuffer } from "../src/sample-buffer.ts";

it("holds fewer samples once it has less room, and trimmed it gives memory back", () => {
  const room = { capacity: 1000 };
  const buffer = new SampleBuffer(room);
  const push = (count: number): void => {
    for (let at = 0; at < count; at++)
      buffer.push({ timeMs: buffer.pushed, value: -buffer.pushed });
  };
  const held = (): number[] =>
    Array.from({ length: buffer.pushed - buffer.oldest }, (_, at) => {
      const { timeMs, value } = buffer.at(buffer.oldest + at);
      assert.equal(value, -timeMs);
      return timeMs;
    });
  push(1000);
  room.capacity = 100;
  push(1);
  assert.deepEqual([held().length, held().at(0), held().at(-1)], [100, 901, 1000]);
  buffer.trim(991);
  push(200);
  assert.deepEqual([held().length, held().at(0), held().at(-1)], [100, 1101, 1200]);
});

it("holds the last samples by sequence number, whatever was pushed", () => {
  const values = fc.array(fc.double({ noNaN: true }), { maxLength: 300 });
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 200 }),
      fc.boolean(),
      (all, capacity, hasPeers) => {
        const buffer = new SampleBuffer({ capacity });
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
