import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { normalFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { adaptive } from "../src/adaptive.ts";
import { CheckpointError } from "../src/checkpoint.ts";
import { SeriesTracker, type Tracked } from "../src/tracker.ts";
import { noOptions } from "./support/outliers-of.ts";

const settings = {
  method: adaptive,
  options: { ...noOptions, sensitivity: 1 },
  trigger: { k: 2, n: 5 },
};

/** Calm values with a burst of ten every 400. */
const normal = normalFrom(5);
const VALUES = Array.from({ length: 2000 }, (_, at) => normal() + (at % 400 > 389 ? 50 : 0));

function track(tracker: SeriesTracker, from: number, to: number): Tracked {
  const timesMs = Float64Array.from({ length: to - from }, (_, at) => (from + at) * 1000);
  return tracker.judge(timesMs, Float64Array.from(VALUES.slice(from, to)));
}

/** What counts, by positions among all values. */
const outliersOf = ({ outliers, phases }: Tracked, from: number) =>
  outliers.map((position, nth) => `${from + position} ${phases[nth]}`);

describe("a tracked series", () => {
  const whole = outliersOf(track(new SeriesTracker(settings), 0, VALUES.length), 0);

  test("has events that begin once, of outliers that the trigger lets count", () => {
    assert.ok(whole.length > 0);
    for (const [at, one] of whole.entries()) {
      const [position = 0, phase] = one.split(" ");
      const before = Number(whole[at - 1]?.split(" ")[0] ?? Number.NEGATIVE_INFINITY);
      assert.equal(phase, Number(position) - before > 100 ? "begins" : "continues", one);
    }
  });

  test("goes on from its checkpoint as it would have without it, at any cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: VALUES.length - 1 }), (cut) => {
        const first = new SeriesTracker(settings);
        const before = outliersOf(track(first, 0, cut), 0);
        const checkpoint = first.checkpoint() ?? assert.fail();
        const second = SeriesTracker.restored(settings, checkpoint);
        assert.equal(second.lastTimeMs, (cut - 1) * 1000);
        const after = outliersOf(track(second, cut, VALUES.length), cut);
        assert.deepEqual([...before, ...after], whole);
      }),
      { numRuns: 30 },
    );
  });

  test("goes on from a checkpoint of release 0.1, with the verdicts of then", () => {
    // Of 0.1.0's layout, after four days: the checkpoint stays as it is. Its verdicts change only with
    // the method.
    const path = join(import.meta.dirname, "checkpoints", "release-0.1.json");
    const stored = JSON.parse(readFileSync(path, "utf8"));
    const tracker = SeriesTracker.restored(settings, Buffer.from(stored.checkpoint, "base64"));
    const values = Float64Array.from(stored.values);
    const timesMs = values.map((_, at) => stored.startMs + at * stored.intervalMs);
    const { judgement, outliers, phases } = tracker.judge(timesMs, values);
    assert.deepEqual(outliers, stored.outliers);
    assert.deepEqual(phases, stored.phases);
    assert.deepEqual(
      stored.scores.map((_: number, at: number) => judgement.score(at)),
      stored.scores,
    );
  });

  test("has no checkpoint before its first sample", () => {
    assert.equal(new SeriesTracker(settings).checkpoint(), undefined);
  });

  test("refuses a checkpoint of another trigger, and one that is cut anywhere", () => {
    const tracker = new SeriesTracker(settings);
    track(tracker, 0, 500);
    const checkpoint = tracker.checkpoint() ?? assert.fail();
    const other = { ...settings, trigger: { k: 1, n: 1 } };
    assert.throws(() => SeriesTracker.restored(other, checkpoint), /made with the trigger 2\/5/);
    for (let length = 0; length < checkpoint.length; length += 7)
      assert.throws(
        () => SeriesTracker.restored(settings, checkpoint.subarray(0, length)),
        CheckpointError,
      );
  });

  test("reads no bytes that were changed: a clear error, whatever they are", () => {
    const tracker = new SeriesTracker(settings);
    track(tracker, 0, 500);
    const checkpoint = tracker.checkpoint() ?? assert.fail();
    const change = fc.tuple(fc.nat(checkpoint.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(checkpoint);
        for (const [at, bits] of changes) bytes[at] = (bytes[at] ?? 0) ^ bits;
        fc.pre(bytes.some((byte, at) => byte !== checkpoint[at]));
        assert.throws(() => SeriesTracker.restored(settings, bytes), CheckpointError);
      }),
      { numRuns: 500 },
    );
  });
});
