import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { normalFrom } from "@outliers/testing/random";
import {
  Adaptive,
  type AdaptiveOptions,
  type AdaptivePoint,
  adaptiveDefaults,
} from "../src/adaptive.ts";
import { MINUTE_MS } from "../src/durations.ts";
import { reasonOf } from "../src/reason.ts";

const DAY = 1440;
/** A Monday. */
const START_MS = Date.UTC(2026, 2, 2);

/** A host in percent at one sample a minute: busy by day, idle by night. */
function busyDays(seed: number): (minute: number) => number {
  const normal = normalFrom(seed);
  return (minute) => 30 - 20 * Math.cos((2 * Math.PI * minute) / DAY) + 2 * normal();
}

/** A host that idles. */
function idleDays(seed: number): (minute: number) => number {
  const normal = normalFrom(seed);
  return () => Math.max(0, 5 + normal());
}

/** Feeds a value a minute from START_MS on. */
function feed(
  days: number,
  valueAt: (minute: number) => number,
  options: AdaptiveOptions = adaptiveDefaults,
): AdaptivePoint[] {
  const state = new Adaptive(options);
  return Array.from({ length: days * DAY }, (_, minute) =>
    state.update(START_MS + minute * MINUTE_MS, valueAt(minute)),
  );
}

const eventsBetween = (points: readonly AdaptivePoint[], from: number, to: number): number =>
  points.slice(from, to).filter(({ event }) => event === "begins").length;

const outliersBetween = (points: readonly AdaptivePoint[], from: number, to: number): number =>
  points.slice(from, to).filter(({ isOutlier }) => isOutlier).length;

describe("a job that comes by the clock", () => {
  test("each night is news once, and the same load by day is an outlier after weeks", () => {
    const cpu = idleDays(1);
    const load = 20 * DAY + 14 * 60;
    const isBurning = (minute: number): boolean =>
      (minute >= DAY && minute % DAY >= 120 && minute % DAY < 140) ||
      (minute >= load && minute < load + 20);
    const points = feed(21, (minute) => cpu(minute) + (isBurning(minute) ? 60 : 0));
    const nights = Array.from({ length: 20 }, (_, night) => {
      const from = (night + 1) * DAY + 120;
      return eventsBetween(points, from, from + 45);
    });
    assert.deepEqual(nights, [1, ...nights.slice(1).fill(0)], "events by night");
    assert.ok(points[load]?.isOutlier);
  });

  test("each hour is known after three rounds", () => {
    const cpu = idleDays(2);
    const points = feed(2, (minute) => cpu(minute) + (minute >= 300 && minute % 60 === 0 ? 60 : 0));
    assert.ok(points[300]?.isOutlier);
    assert.equal(outliersBetween(points, 300 + 3 * 60, 2 * DAY), 0);
  });

  test("each week is known in the third one", () => {
    const cpu = idleDays(3);
    const isBurning = (minute: number): boolean =>
      minute % (7 * DAY) >= 6 * DAY && minute % DAY < 30;
    const points = feed(28, (minute) => cpu(minute) + (isBurning(minute) ? 60 : 0));
    const weeks = [0, 1, 2, 3].map((week) =>
      outliersBetween(points, (7 * week + 6) * DAY, (7 * week + 6) * DAY + 60),
    );
    assert.ok((weeks[0] ?? 0) > 0, "the first one is news");
    assert.deepEqual(weeks.slice(2), [0, 0]);
  });

  test("a fault at the time of an earlier one is seen when it doesn't begin on the minute", () => {
    const cpu = idleDays(4);
    const isFaulty = (minute: number): boolean =>
      [5 * DAY + 600, 8 * DAY + 610].some((from) => minute >= from && minute < from + 20);
    const points = feed(9, (minute) => cpu(minute) + (isFaulty(minute) ? 60 : 0));
    assert.ok(points[5 * DAY + 600]?.isOutlier && points[8 * DAY + 610]?.isOutlier);
  });
});

describe("where the time of day tells the level", () => {
  const noon = 12 * DAY + 12 * 60;
  const seen = (points: readonly AdaptivePoint[], from: number, to: number) =>
    points.slice(from, to).find(({ isOutlier }) => isOutlier);

  test("a drop at noon to the night's level is an outlier, and the reason says why", () => {
    const cpu = busyDays(5);
    const points = feed(13, (minute) =>
      minute >= noon && minute < noon + 60 ? cpu(0) : cpu(minute),
    );
    const outlier = seen(points, noon, noon + 30);
    const reason = reasonOf(outlier?.cause, 10);
    assert.match(
      reason,
      /^the mean of the last 15 minutes, [\d.]+, is far below the [\d.]+–[\d.]+ usual at this time of day in the last 13 days$/,
    );
  });

  test("so is a surge at night to the noon's level, half of the traffic and a missing peak", () => {
    const cpu = busyDays(6);
    const faults: { at: number; length: number; value: (minute: number) => number }[] = [
      { at: 9 * DAY + 180, length: 60, value: () => cpu(DAY / 2) },
      { at: 10 * DAY + 780, length: 60, value: (minute) => cpu(minute) / 2 },
      { at: 11 * DAY + 600, length: 240, value: () => cpu(480) },
    ];
    const points = feed(13, (minute) => {
      const fault = faults.find(({ at, length }) => minute >= at && minute < at + length);
      return fault ? fault.value(minute) : cpu(minute);
    });
    for (const { at, length } of faults) assert.ok(seen(points, at, at + length), `at ${at}`);
    const others = points.filter(
      ({ event }, minute) =>
        event === "begins" &&
        minute > 8 * DAY &&
        !faults.some(({ at, length }) => minute >= at && minute < at + length + 60),
    );
    assert.ok(others.length <= 1, `${others.length} events without a cause`);
  });

  test("a weekend that is quiet is no news in the third week", () => {
    const cpu = busyDays(7);
    const points = feed(
      21,
      (minute) => (Math.floor(minute / DAY) % 7 >= 5 ? 0.4 : 1) * cpu(minute),
    );
    assert.equal(eventsBetween(points, 19 * DAY, 21 * DAY), 0);
  });

  test("the time is that of the clocks: daylight saving moves no peak", () => {
    const timeZone = "Europe/Berlin";
    const hourOf = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hour: "numeric",
      hourCycle: "h23",
    });
    const cpu = normalFrom(8);
    const events = (zone: string): number => {
      // Summer time begins on 29 March, the 28th day.
      const points = feed(
        35,
        (minute) => {
          const hour = Number(hourOf.format(START_MS + minute * MINUTE_MS));
          return (hour >= 8 && hour < 18 ? 50 : 10) + cpu();
        },
        { ...adaptiveDefaults, timeZone: zone },
      );
      return outliersBetween(points, 27 * DAY, 35 * DAY);
    };
    assert.equal(events(timeZone), 0);
    assert.ok(events("UTC") > 0);
  });

  test("a time zone that there isn't is refused", () => {
    assert.throws(
      () => new Adaptive({ ...adaptiveDefaults, timeZone: "Mars/Olympus" }),
      RangeError,
    );
  });
});

describe("what lasts", () => {
  test("a host that is saturated is seen after weeks, also when single values are often as high", () => {
    const cpu = busyDays(9);
    const spike = normalFrom(10);
    const from = 15 * DAY + 700;
    const points = feed(16, (minute) =>
      minute >= from && minute < from + 30 ? 100 : Math.min(100, spike() > 2.3 ? 100 : cpu(minute)),
    );
    assert.ok(outliersBetween(points, from, from + 15) > 0);
  });

  test("a step is confirmed, learnt within the hour, and no news on its way back after days", () => {
    const cpu = idleDays(11);
    const points = feed(8, (minute) => cpu(minute) + (minute >= 3 * DAY ? 40 : 0));
    assert.ok(points[3 * DAY]?.isOutlier);
    assert.equal(outliersBetween(points, 3 * DAY + 60, 8 * DAY), 0);
  });

  test("two detectors agree an hour after the one that started later did", () => {
    const cpu = idleDays(12);
    const values = Array.from(
      { length: 2 * DAY },
      (_, minute) => cpu(minute) + (minute < 700 ? 0 : 40),
    );
    const [first, second] = [0, 760].map((start) => {
      const state = new Adaptive(adaptiveDefaults);
      return values.slice(start).map((value, at) => state.update((start + at) * MINUTE_MS, value));
    });
    const tail = 2 * DAY - 860;
    const flags = (points: AdaptivePoint[] = []) =>
      points.slice(-tail).map(({ isOutlier }) => isOutlier);
    const others = flags(second);
    const different = flags(first).filter((flag, at) => flag !== others[at]).length;
    assert.ok(different <= 5, `${different} of ${tail} verdicts differ`);
  });

  test("a value that stands still is an outlier where none ever did, and none where it often does", () => {
    const cpu = idleDays(13);
    const stuck = 2 * DAY + 600;
    const points = feed(3, (minute) =>
      minute >= stuck && minute < stuck + 60 ? 5.5 : cpu(minute),
    );
    const outlier = points.slice(stuck, stuck + 60).find(({ isOutlier }) => isOutlier);
    assert.match(reasonOf(outlier?.cause, 5.5), /^5.5 has not changed for \d+ samples/);
    const rounded = feed(3, (minute) => Math.floor((minute % DAY) / 120));
    assert.ok(rounded.every(({ cause }) => cause?.kind !== "standstill"));
  });
});

test("the interval is measured: a wrong setting changes no verdict", () => {
  const cpu = busyDays(14);
  const values = Array.from({ length: 5 * DAY }, (_, minute) =>
    minute === 6000 ? 99 : cpu(minute),
  );
  const verdicts = [1000, 60_000, 3_600_000].map((sampleIntervalMs) =>
    feed(5, (minute) => values[minute] ?? 0, { ...adaptiveDefaults, sampleIntervalMs }),
  );
  assert.deepEqual(verdicts[0], verdicts[1]);
  assert.deepEqual(verdicts[2], verdicts[1]);
});

test("an hour without samples brings no event, and no warm-up", () => {
  const cpu = idleDays(15);
  const state = new Adaptive(adaptiveDefaults);
  const points = Array.from({ length: 6000 }, (_, at) =>
    state.update(START_MS + (at < 3000 ? at : at + 3600) * 1000, cpu(at)),
  );
  assert.equal(eventsBetween(points, 2990, 3200), 0);
  assert.equal(points[3000]?.state, "ready");
});

describe("this was normal", () => {
  const from = 3 * DAY + 600;
  const isBusy = (minute: number): boolean =>
    [from, from + DAY + 200].some((start) => minute >= start && minute < start + 30);

  /** Whether the second burst is an outlier, when `act` does something between the two. */
  function isNews(
    act: (state: Adaptive, times: Float64Array, values: Float64Array) => void,
  ): boolean {
    const cpu = idleDays(16);
    let state = new Adaptive(adaptiveDefaults);
    const times: number[] = [];
    const values: number[] = [];
    let isSeen = false;
    for (let minute = 0; minute < 5 * DAY; minute++) {
      const value = cpu(minute) + (isBusy(minute) ? 60 : 0);
      if (minute >= from && minute < from + 30) {
        times.push(START_MS + minute * MINUTE_MS);
        values.push(value);
      }
      if (minute === from + 100) {
        act(state, Float64Array.from(times), Float64Array.from(values));
        state = Adaptive.restored(adaptiveDefaults, state.checkpoint());
      }
      const { isOutlier } = state.update(START_MS + minute * MINUTE_MS, value);
      if (minute > from + 100) isSeen ||= isOutlier;
    }
    return isSeen;
  }

  test("is learnt at once, for any time, and is in the checkpoint", () => {
    assert.equal(
      isNews(() => {}),
      true,
    );
    assert.equal(
      isNews((state, times, values) => state.learnNormal("deploy", times, values)),
      false,
    );
  });

  test("is on the way from the level to it normal, too: a sample may be taken anywhere there", () => {
    const state = new Adaptive(adaptiveDefaults);
    const cpu = idleDays(16);
    let outliers = 0;
    const times = Float64Array.from({ length: 9 }, (_, at) => START_MS + (691 + at) * MINUTE_MS);
    const values = times.map((_, at) => 65 + (at % 3));
    for (let minute = 0; minute < 2 * DAY; minute++) {
      const timeMs = START_MS + minute * MINUTE_MS;
      const isBurst = minute % 700 >= 690;
      // The first sample sees a part of the burst.
      const share = minute % 700 === 690 ? 0.25 * (1 + (minute % 3)) : 1;
      const { isOutlier } = state.update(timeMs, cpu(minute) + (isBurst ? 60 * share : 0));
      if (minute > 700) outliers += Number(isOutlier);
      if (minute === 699) state.learnNormal("job", times, values);
    }
    assert.equal(outliers, 0);
  });

  test("is within the band while values are there, and only then", () => {
    const state = new Adaptive(adaptiveDefaults);
    const cpu = idleDays(16);
    const times = Float64Array.from({ length: 9 }, (_, at) => START_MS + (691 + at) * MINUTE_MS);
    const values = times.map((_, at) => 65 + (at % 3));
    for (let minute = 0; minute < 2 * DAY; minute++) {
      const value = cpu(minute) + (minute % 700 >= 690 ? 60 : 0);
      const point = state.update(START_MS + minute * MINUTE_MS, value);
      if (minute === 699) state.learnNormal("job", times, values);
      if (minute < 700) continue;
      const isBurst = minute % 700 >= 690;
      assert.equal(point.upper > 50, isBurst, String(minute));
      if (!isBurst) continue;
      assert.ok(
        point.lower <= value && value <= point.upper,
        `${minute}: ${JSON.stringify(point)}`,
      );
    }
  });

  test("is taken back by its id", () => {
    const takenBack = isNews((state, times, values) => {
      state.learnNormal("deploy", times, values);
      assert.deepEqual(state.normals, [{ id: "deploy", fromMs: times[0], toMs: times.at(-1) }]);
      assert.equal(state.forgetNormal("deploy"), true);
      assert.equal(state.forgetNormal("deploy"), false);
    });
    assert.equal(takenBack, true);
  });

  test("during the warm-up makes nothing else normal", () => {
    const state = new Adaptive(adaptiveDefaults);
    const cpu = idleDays(16);
    let isSeen = false;
    for (let minute = 0; minute < DAY; minute++) {
      const timeMs = START_MS + minute * MINUTE_MS;
      if (minute === 50) state.learnNormal("deploy", Float64Array.of(timeMs), Float64Array.of(65));
      const { isOutlier } = state.update(timeMs, cpu(minute) + (minute > 1000 ? 200 : 0));
      if (minute > 1000) isSeen ||= isOutlier;
    }
    assert.equal(isSeen, true);
    assert.doesNotThrow(() => Adaptive.restored(adaptiveDefaults, state.checkpoint()));
  });

  test("is bounded, and said again replaces what it was", () => {
    const state = new Adaptive(adaptiveDefaults);
    for (let minute = 0; minute < 200; minute++) state.update(minute * MINUTE_MS, minute % 7);
    const learn = (id: string) => state.learnNormal(id, Float64Array.of(1), Float64Array.of(50));
    for (let at = 0; at < 8; at++) learn(`id ${at}`);
    learn("id 3");
    assert.equal(state.normals.length, 8);
    assert.throws(() => learn("one more"), RangeError);
    assert.throws(() => learn(""), RangeError);
  });
});

test("the state of a series takes less than 32 KiB, whatever the sampling interval", async () => {
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
  const fed = (seed: number, intervalMs: number): Adaptive => {
    const state = new Adaptive(adaptiveDefaults);
    const next = normalFrom(seed);
    for (let at = 0; at < 6000; at++)
      state.update(at * intervalMs, next() + (at % 170 === 0 ? 20 + (at % 7) : 0));
    return state;
  };
  // Compiled code is no state.
  for (let seed = 1; seed <= 10; seed++) fed(seed, 1000);
  for (const intervalMs of [1000, 300_000]) {
    const all: Adaptive[] = [];
    const before = await used();
    for (let seed = 1; seed <= 40; seed++) all.push(fed(seed, intervalMs));
    const bytes = ((await used()) - before) / all.length;
    assert.ok(bytes < 32 * 1024, `${Math.round(bytes / 1024)} KiB at ${intervalMs} ms`);
    assert.ok(bytes > 8 * 1024, `the measurement sees the state: ${Math.round(bytes / 1024)} KiB`);
  }
});
