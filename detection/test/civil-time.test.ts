import assert from "node:assert/strict";
import { test } from "node:test";
import { CivilTime } from "../src/civil-time.ts";

const shown = (timeZone: string, time: string): string =>
  new Date(new CivilTime(timeZone).of(Date.parse(time))).toISOString().slice(0, 16);

// By the IANA time zone database.
test("is what the clocks of the zone show, before and after they are changed", () => {
  assert.equal(shown("UTC", "2026-03-29T00:59:00Z"), "2026-03-29T00:59");
  assert.equal(shown("Europe/Berlin", "2026-03-29T00:59:00Z"), "2026-03-29T01:59");
  assert.equal(shown("Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-29T03:00");
  assert.equal(shown("Europe/Berlin", "2026-10-25T01:00:00Z"), "2026-10-25T02:00");
  assert.equal(shown("Asia/Kathmandu", "2026-01-01T00:00:00Z"), "2026-01-01T05:45");
  assert.equal(shown("America/New_York", "2026-07-01T02:00:00Z"), "2026-06-30T22:00");
});

test("keeps the milliseconds, and any time has one", () => {
  const clock = new CivilTime("Europe/Berlin");
  assert.equal(clock.of(Date.parse("2026-01-01T00:00:00.123Z")) % 1000, 123);
  assert.equal(clock.of(1e17), 1e17);
});
