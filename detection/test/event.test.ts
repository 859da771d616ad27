import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EVENT_GAP_SAMPLES, Events } from "../src/event.ts";

test("outliers up to the gap apart are one event, those further apart are two", () => {
  const events = new Events();
  const outliers = [5, 5 + EVENT_GAP_SAMPLES, 5 + 2 * EVENT_GAP_SAMPLES + 1];
  assert.deepEqual(events.push(outliers, 1000), ["begins", "continues", "begins"]);
});

test("an event is open for as many samples after its last outlier as the gap has", () => {
  const events = new Events();
  assert.equal(events.isOpen, false, "before the first outlier");
  events.push([0], 1);
  events.push([], EVENT_GAP_SAMPLES - 1);
  assert.equal(events.isOpen, true);
  events.push([], 1);
  assert.equal(events.isOpen, false);
});

test("how samples are batched changes nothing", () => {
  const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(flags, fc.nat(400), (isOutlier, cut) => {
      const positions = (part: boolean[]) => part.flatMap((is, at) => (is ? [at] : []));
      const at = Math.min(cut, isOutlier.length);
      const [head, tail] = [isOutlier.slice(0, at), isOutlier.slice(at)];
      const [whole, parts] = [new Events(), new Events()];
      const expected = whole.push(positions(isOutlier), isOutlier.length);
      const actual = [
        ...parts.push(positions(head), head.length),
        ...parts.push(positions(tail), tail.length),
      ];
      assert.deepEqual(actual, expected);
      assert.equal(parts.isOpen, whole.isOpen);
    }),
  );
});
