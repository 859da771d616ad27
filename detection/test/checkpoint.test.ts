import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { normalFrom, randomFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { Adaptive, type AdaptiveOptions, adaptiveDefaults } from "../src/adaptive.ts";
import { CheckpointError } from "../src/checkpoint.ts";
import { MINUTE_MS } from "../src/durations.ts";
import { crc32 } from "../src/stats/crc32.ts";

const options: AdaptiveOptions = { ...adaptiveDefaults, sensitivity: 1, timeZone: "Europe/Berlin" };

/** A host with a daily pattern, jobs, steps, bursts and a gap, a sample a minute: [time, value]. */
function samplesOf(count: number, seed = 1): [number, number][] {
  const normal = normalFrom(seed);
  const random = randomFrom(seed);
  let burst = 0;
  return Array.from({ length: count }, (_, minute) => {
    if (random() < 1 / 700) burst = Math.ceil(40 * random());
    burst -= 1;
    const daily = 20 - 15 * Math.cos((2 * Math.PI * minute) / 1440);
    const job = minute % 1440 < 20 ? 40 : 0;
    const value = daily + job + (burst > 0 ? 50 : 0) + (minute > 9000 ? 15 : 0) + normal();
    return [(minute > 4000 ? minute + 300 : minute) * MINUTE_MS, value];
  });
}

/** A checkpoint after two weeks, with what somebody called normal. */
function fullCheckpoint(): Uint8Array {
  const state = new Adaptive(options);
  const samples = samplesOf(20_160);
  for (const [time, value] of samples) state.update(time, value);
  const stretch = samples.slice(15_000, 15_060);
  state.learnNormal(
    "release",
    Float64Array.from(stretch, ([time]) => time),
    Float64Array.from(stretch, ([, value]) => 3 * value),
  );
  return state.checkpoint();
}

describe("a checkpoint", () => {
  test("goes on as the state would have, bit for bit, wherever it is taken", () => {
    const samples = samplesOf(12_000);
    const whole = new Adaptive(options);
    const verdicts = samples.map(([time, value]) => whole.update(time, value));
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: samples.length }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(cuts, (taken) => {
        let state = new Adaptive(options);
        for (const [at, [time, value]] of samples.entries()) {
          if (taken.includes(at)) state = Adaptive.restored(options, state.checkpoint());
          assert.deepEqual(state.update(time, value), verdicts[at]);
        }
        assert.deepEqual(state.checkpoint(), whole.checkpoint());
      }),
      { numRuns: 8 },
    );
  });

  test("goes on so for values of any kind", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -3, max: 3 }),
    );
    const values = fc.array(value, { minLength: 90, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.nat(299), (series, cut) => {
        const whole = new Adaptive(options);
        let state = new Adaptive(options);
        for (const [at, one] of series.entries()) {
          if (at === cut) state = Adaptive.restored(options, state.checkpoint());
          assert.deepEqual(state.update(at * 1000, one), whole.update(at * 1000, one));
        }
      }),
    );
  });

  test("takes at most 8 KiB after weeks of a busy host", () => {
    const bytes = fullCheckpoint().length;
    assert.ok(bytes <= 8192 && bytes > 2000, `${bytes} bytes`);
  });

  test("of this version is read by every later release", () => {
    const stored = readFileSync(join(import.meta.dirname, "checkpoints", "version-1.bin"));
    const state = Adaptive.restored(options, stored);
    assert.deepEqual(Buffer.from(state.checkpoint()), stored);
    assert.deepEqual(
      state.normals.map(({ id }) => id),
      ["release"],
    );
  });
});

describe("what is no checkpoint of the series is refused", () => {
  const checkpoint = fullCheckpoint();
  const isRefused = (bytes: Uint8Array, message: RegExp, asked = options): void =>
    assert.throws(
      () => Adaptive.restored(asked, bytes),
      (error) => error instanceof CheckpointError && message.test(error.message),
    );

  test("an empty one, a part of one, and one with a flipped bit", () => {
    isRefused(new Uint8Array(), /is damaged/);
    isRefused(checkpoint.subarray(0, 1000), /is damaged/);
    isRefused(new Uint8Array(100_000), /is damaged/);
    isRefused(
      checkpoint.map((byte, at) => (at === 2000 ? byte ^ 4 : byte)),
      /is damaged: its checksum is wrong/,
    );
  });

  test("one of another version", () => {
    isRefused(
      sealed(checkpoint.map((byte, at) => (at === 4 ? 99 : byte))),
      /is of version 99, this release reads version 1/,
    );
  });

  test("one that was made with other options; the interval is none of them", () => {
    isRefused(checkpoint, /was made with other options/, { ...options, sensitivity: 2 });
    isRefused(checkpoint, /was made with other options/, { ...options, maximum: 100 });
    Adaptive.restored({ ...options, sampleIntervalMs: 5 }, checkpoint);
  });

  test("whatever the bytes are, a state comes of them that works, or an error that says why not", () => {
    const random = randomFrom(5);
    // A million once in a while: MUTATIONS=1000000.
    const { MUTATIONS = "2000" } = process.env;
    const runs = Number(MUTATIONS);
    let read = 0;
    for (let run = 0; run < runs; run++) {
      const bytes = Uint8Array.from(checkpoint);
      const flips = 1 + Math.floor(4 * random());
      for (let flip = 0; flip < flips; flip++)
        bytes[5 + Math.floor(random() * (bytes.length - 5))] = Math.floor(256 * random());
      try {
        const state = Adaptive.restored(options, sealed(bytes));
        read += 1;
        for (const minute of [20_500, 20_501, 30_000]) {
          const { score, lower, upper } = state.update(minute * MINUTE_MS, 50 + minute / 1000);
          assert.ok(Number.isFinite(score + lower + upper), `${score}, ${lower}, ${upper}`);
        }
        assert.ok(state.checkpoint().length < 16_384);
      } catch (error) {
        assert.ok(error instanceof CheckpointError, String(error));
      }
    }
    assert.ok(read > 0 && read < runs);
  });
});

/** With the checksum that fits. */
function sealed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setUint32(copy.length - 4, crc32(copy.subarray(0, -4)));
  return copy;
}
