import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { normalFrom, randomFrom } from "@outliers/testing/random";
import { type AdaptivePoint, adaptiveDefaults } from "../src/adaptive.ts";
import { AdaptiveSeries, EPOCH_SAMPLES } from "../src/adaptive-series.ts";

const MINUTE_MS = 60_000;
const DAY = 1440;

/** A host in percent at one sample a minute: busy by day, idle by night. */
function busyDays(seed: number): (minute: number) => number {
  const normal = normalFrom(seed);
  return (minute) => 20 + 15 * Math.sin((2 * Math.PI * minute) / DAY) + 2 * normal();
}

/** Feeds values, by their number, with time going on by the interval. */
function feed(
  count: number,
  valueAt: (at: number) => number,
  sampleIntervalMs = 1000,
  timeOf = (at: number): number => at * sampleIntervalMs,
): AdaptivePoint[] {
  const series = new AdaptiveSeries({ ...adaptiveDefaults, sampleIntervalMs });
  return Array.from({ length: count }, (_, at) => series.update(timeOf(at), valueAt(at)));
}

const alarmsBetween = (points: readonly AdaptivePoint[], from: number, to: number): number =>
  points.slice(from, to).filter(({ isAlarm }) => isAlarm).length;

describe("over days", () => {
  test("a job that burns CPU each night is learnt after a few nights, and stays known", () => {
    const days = 40;
    const cpu = busyDays(1);
    const isBurning = (minute: number): boolean => minute >= DAY && minute % DAY < 20;
    const points = feed(
      days * DAY,
      (minute) => (isBurning(minute) ? 95 + randomFrom(minute + 1)() : cpu(minute)),
      MINUTE_MS,
    );
    const nights = Array.from({ length: days - 1 }, (_, night) =>
      alarmsBetween(points, (night + 1) * DAY, (night + 1) * DAY + 20),
    );
    assert.equal(nights[0], 1, "the first night is news");
    const later = nights.slice(5).reduce((sum, alarms) => sum + alarms, 0);
    assert.equal(later, 0, `alarms by night: ${nights.join(" ")}`);
  });

  test("a burst on a busy day is seen, after weeks of busy days", () => {
    const cpu = busyDays(2);
    const burst = 30 * DAY + 300;
    const points = feed(
      31 * DAY,
      (minute) => (minute >= burst && minute < burst + 5 ? 98 : cpu(minute)),
      MINUTE_MS,
    );
    assert.ok(points.slice(burst, burst + 3).some(({ isOutlier }) => isOutlier));
    const falseAlarms = alarmsBetween(points, DAY, burst) / 29;
    assert.ok(falseAlarms <= 1, `${falseAlarms} false alarms a day`);
  });
});

describe("time", () => {
  const normal = normalFrom(3);
  const values = Array.from({ length: 6000 }, () => 10 + normal());

  test("a gap of an hour, as of a host that was asleep, brings no alarm", () => {
    const timeOf = (at: number): number => (at < 3000 ? at : at + 3600) * 1000;
    const points = feed(6000, (at) => values[at] ?? 0, 1000, timeOf);
    assert.equal(alarmsBetween(points, 3000, 3200), 0);
    assert.equal(points[3000]?.state, "ready");
  });

  test("a jump over more than an epoch starts anew, with a warm-up", () => {
    const timeOf = (at: number): number => (at < 3000 ? at : at + 3 * EPOCH_SAMPLES) * 1000;
    const points = feed(6000, (at) => values[at] ?? 0, 1000, timeOf);
    assert.equal(points[2999]?.state, "ready");
    assert.equal(points[3000]?.state, "warming_up");
    assert.equal(points[3100]?.state, "ready");
    assert.equal(alarmsBetween(points, 3000, 3200), 0);
  });

  test("the end of an epoch brings no warm-up and no alarm of its own", () => {
    const calm = normalFrom(4);
    const points = feed(3 * EPOCH_SAMPLES + 500, () => 10 + calm());
    for (const epoch of [1, 2, 3]) {
      const start = epoch * EPOCH_SAMPLES;
      assert.equal(points[start]?.state, "ready");
      assert.equal(alarmsBetween(points, start, start + 50), 0);
    }
  });
});

test("the state of a series takes less than 128 KiB, whatever the sampling interval", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc");
  const used = async (): Promise<number> => {
    // Typed arrays are given back after the collection, not by it.
    for (let turn = 0; turn < 3; turn++) {
      collectGarbage();
      await setImmediate();
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const COUNT = 20;
  for (const sampleIntervalMs of [100, 1000, 300_000]) {
    const all: AdaptiveSeries[] = [];
    const before = await used();
    for (let seed = 1; seed <= COUNT; seed++) {
      const series = new AdaptiveSeries({ ...adaptiveDefaults, sampleIntervalMs });
      const next = normalFrom(seed);
      for (let at = EPOCH_SAMPLES - 3000; at < EPOCH_SAMPLES + 3000; at++) {
        series.update(at * sampleIntervalMs, next());
      }
      all.push(series);
    }
    const bytes = ((await used()) - before) / all.length;
    assert.ok(bytes < 128 * 1024, `${Math.round(bytes / 1024)} KiB at ${sampleIntervalMs} ms`);
    assert.ok(bytes > 48 * 1024, `the measurement sees the state: ${Math.round(bytes / 1024)} KiB`);
  }
});
