import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { normalFrom, randomFrom } from "@outliers/testing/random";
import fc from "fast-check";
import { Adaptive, type AdaptivePoint, adaptive, adaptiveDefaults } from "../src/adaptive.ts";
import { judgeWindow } from "../src/methods.ts";
import { noOptions } from "./support/outliers-of.ts";

/** Feeds values one after the other, by the time since the start in samples. */
function feed(
  count: number,
  valueAt: (time: number) => number,
  state = new Adaptive(adaptiveDefaults),
): AdaptivePoint[] {
  return Array.from({ length: count }, (_, time) => state.update(time * 1000, valueAt(time)));
}

const flagsOf = (points: AdaptivePoint[]): number[] =>
  points.flatMap(({ event }, time) => (event === "begins" ? [time] : []));

/** Flags in [from, to). */
const flagsBetween = (points: AdaptivePoint[], from: number, to: number): number =>
  flagsOf(points).filter((time) => time >= from && time < to).length;

/** CPU of an idle host in percent: a low, noisy base. */
function idleCpu(seed = 1): () => number {
  const normal = normalFrom(seed);
  return () => Math.max(0, Math.round((3 + normal()) * 2) / 2);
}

describe("what users of other tools complain of", () => {
  test("one big spike does not blind it: the next one, half as big, is flagged", () => {
    const cpu = idleCpu();
    const spikes = new Map([
      [2000, 500],
      [2600, 250],
    ]);
    const points = feed(3000, (time) => spikes.get(time) ?? cpu());
    assert.equal(points[2000]?.isOutlier, true);
    assert.equal(points[2600]?.isOutlier, true);
  });

  for (const spikeAt of [50, 2000]) {
    test(`not even a huge one at ${spikeAt}, an hour later`, () => {
      for (const size of [1e3, 1e6, 1e9]) {
        const cpu = idleCpu();
        const isSmall = (time: number): boolean => time >= 6000 && time < 6020;
        const valueAt = (time: number) => (time === spikeAt ? size : isSmall(time) ? 30 : cpu());
        assert.equal(flagsBetween(feed(6100, valueAt), 6000, 6003), 1, `a spike of ${size}`);
      }
    });
  }

  test("the burst of a host that starts is not learnt: the next one is flagged at once", () => {
    const cpu = idleCpu();
    const isBurst = (time: number) => (time >= 5 && time < 25) || time >= 300;
    const points = feed(310, (time) => (isBurst(time) ? 100 : cpu()));
    assert.deepEqual(flagsOf(points), [300]);
  });

  test("services that start, one after the other, do not teach that a full load is normal", () => {
    const cpu = idleCpu();
    const isBurst = (time: number) => (time >= 5 && time < 15) || (time >= 40 && time < 48);
    const points = feed(310, (time) => (isBurst(time) || time >= 300 ? 100 : cpu()));
    assert.deepEqual(flagsOf(points), [300]);
  });

  test("a full load after a warm-up with short loads is flagged at once, and for as long as it lasts", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const cpu = idleCpu(seed);
      const random = randomFrom(seed);
      // As health checks load a host: each quarter of a minute, one to another height.
      const valueAt = (time: number) => (time % 15 < 2 ? cpu() + 60 * random() : cpu());
      const points = feed(1600, (time) => (time < 100 ? valueAt(time) : 100)).slice(100);
      const seen = points.filter(({ isOutlier }) => isOutlier).length;
      assert.ok(seen >= 1498, `seed ${seed}: ${seen} of 1500 are outliers`);
    }
  });

  test("what is expected after the burst of a start is the level without it", () => {
    const cpu = idleCpu();
    const points = feed(101, (time) => (time >= 75 && time < 98 ? 100 : cpu()));
    const { expected, upper } = points[100] ?? assert.fail();
    assert.ok(expected > 2 && expected < 5, `${expected} is expected`);
    assert.ok(upper < 20, `the band reaches up to ${upper}`);
  });

  test("a series that is mostly 0 and sometimes not brings no flood of alarms", () => {
    const random = randomFrom(9);
    const points = feed(20_000, () => (random() < 0.05 ? Math.ceil(10 * random()) : 0));
    assert.ok(flagsOf(points).length <= 2, `flags: ${flagsOf(points).join(" ")}`);
  });

  test("bursts and drops that came together do not blind it for what is between them", () => {
    const normal = normalFrom(10);
    const shapes = new Map([
      [3000, 100],
      [3100, 0],
      [6000, 100],
      [6100, 0],
      [9000, 100],
      [9100, 0],
    ]);
    const valueAt = (time: number): number =>
      shapes.get(time - (time % 20)) ?? (time >= 12_000 && time < 12_020 ? 20 : 50 + normal());
    assert.equal(flagsBetween(feed(12_100, valueAt), 12_000, 12_003), 1);
  });

  test("a drop to zero is seen", () => {
    const normal = normalFrom(2);
    const points = feed(2100, (time) => (time >= 2000 ? 0 : 50 + normal()));
    assert.equal(flagsBetween(points, 2000, 2003), 1);
  });

  test("a constant series is never anomalous, and its first change is", () => {
    const points = feed(5001, (time) => (time === 5000 ? 8 : 7));
    assert.deepEqual(flagsOf(points), [5000]);
    assert.equal(points[99]?.state, "warming_up");
    assert.equal(points[100]?.state, "constant");
    assert.equal(points[4999]?.state, "constant");
    assert.equal(points[5000]?.state, "ready");
  });

  test("a job that burns CPU every hour is learnt after a few rounds", () => {
    const cpu = idleCpu(3);
    const isBurning = (time: number): boolean => time >= 3600 && time % 3600 < 60;
    const points = feed(12 * 3600, (time) => (isBurning(time) ? 100 : cpu()));
    const rounds = Array.from({ length: 11 }, (_, round) =>
      flagsBetween(points, (round + 1) * 3600, (round + 1) * 3600 + 60),
    );
    assert.equal(rounds[0], 1, "the first round is news");
    assert.deepEqual(rounds.slice(6), [0, 0, 0, 0, 0], `flags a round: ${rounds.join(" ")}`);
  });

  test("bursts that come again are flagged again, until they are known", () => {
    const cpu = idleCpu(4);
    const points = feed(5000, (time) => (time >= 3000 && time % 500 < 20 ? 100 : cpu()));
    assert.equal(flagsBetween(points, 3000, 3003), 1);
    assert.equal(flagsBetween(points, 3500, 3503), 1);
  });

  test("a new level is accepted after a while", () => {
    const normal = normalFrom(5);
    const points = feed(12_000, (time) => (time >= 3000 ? 80 : 20) + normal());
    assert.ok(flagsBetween(points, 3000, 3003) === 1);
    assert.equal(flagsBetween(points, 9000, 12_000), 0);
  });
});

test("the first value after the warm-up is judged", () => {
  const cpu = idleCpu(11);
  const points = feed(101, (time) => (time === 100 ? 100 : cpu()));
  assert.deepEqual(flagsOf(points), [100]);
});

describe("numbers of every kind get sane verdicts", () => {
  const cases: { name: string; valueAt: (time: number) => number; mostFlags: number }[] = [
    { name: "a ramp", valueAt: (time) => time, mostFlags: 1 },
    { name: "a counter with resets", valueAt: (time) => (time % 1000) * 5, mostFlags: 5 },
    { name: "a series of 0 and 1", valueAt: (time) => (time % 7 === 0 ? 1 : 0), mostFlags: 1 },
    { name: "a sine", valueAt: (time) => Math.sin(time / 50), mostFlags: 1 },
    { name: "uniform noise", valueAt: randomFrom(6), mostFlags: 12 },
    { name: "huge values", valueAt: (time) => 1e300 * ((time % 13) + 1), mostFlags: 1 },
  ];
  for (const { name, valueAt, mostFlags } of cases) {
    test(name, () => {
      const points = feed(10_000, valueAt);
      const flags = flagsOf(points);
      assert.ok(flags.length <= mostFlags, `${flags.length} flags: ${flags.join(" ")}`);
    });
  }

  test("a series that changes its scale by a million: the change is flagged, then it is calm", () => {
    const normal = normalFrom(7);
    const points = feed(14_000, (time) => (100 + normal()) * (time >= 3000 ? 1e6 : 1));
    assert.equal(flagsBetween(points, 3000, 3003), 1);
    assert.ok(flagsBetween(points, 10_000, 14_000) <= 1);
  });
});

describe("whatever the values", () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }),
  );
  const values = fc.array(value, { minLength: 1, maxLength: 400 });

  test("scores are finite and agree with the flags, and the band holds what is expected", () => {
    fc.assert(
      fc.property(values, (series) => {
        for (const point of feed(series.length, (time) => series[time] ?? 0)) {
          assert.ok(Number.isFinite(point.score) && point.score >= 0);
          assert.equal(point.score > 1, point.isOutlier);
          assert.ok(point.lower <= point.expected && point.expected <= point.upper);
        }
      }),
    );
  });

  test("an outlier by its value lies outside of the band, one within it says which mean is why", () => {
    const random = randomFrom(12);
    const kinds = [
      (time: number) => (time % 700 === 0 ? 40 * random() : random()),
      (time: number) => (time % 2) * 60 + random() + (time % 650 === 0 ? 25 : 0),
      (time: number) => Math.round(3 * random()) + (time % 500 < 4 ? 9 : 0),
    ];
    let byValue = 0;
    const check = (points: AdaptivePoint[], series: readonly number[]): void => {
      for (const [time, { isOutlier, lower, upper, cause }] of points.entries()) {
        assert.equal(isOutlier, cause !== undefined);
        if (cause?.kind !== "gap" || cause.length > 1) continue;
        byValue += 1;
        const value = series[time] ?? 0;
        assert.ok(value < lower || value > upper, `${value} within ${lower}–${upper}`);
      }
    };
    for (const kind of kinds) {
      const series = Array.from({ length: 9000 }, (_, time) => kind(time));
      check(
        feed(9000, (time) => series[time] ?? 0),
        series,
      );
    }
    fc.assert(
      fc.property(values, (series) =>
        check(
          feed(series.length, (time) => series[time] ?? 0),
          series,
        ),
      ),
    );
    assert.ok(byValue > 20, `${byValue} outliers by value`);
  });

  test("the band ends where the series can't be", () => {
    const cpu = idleCpu(13);
    const state = new Adaptive({ ...adaptiveDefaults, minimum: 0, maximum: 100 });
    for (const { lower, upper, expected } of feed(3000, () => cpu(), state))
      assert.ok(lower >= 0 && upper <= 100 && lower <= expected && expected <= upper);
  });

  test("less than the relative deviation that is asked for is no outlier", () => {
    const cpu = idleCpu(14);
    const series = Array.from({ length: 3000 }, (_, time) => (time === 2500 ? 140 : 100 + cpu()));
    const isOutlier = (minRelativeDeviation: number): boolean | undefined =>
      feed(
        3000,
        (time) => series[time] ?? 0,
        new Adaptive({ ...adaptiveDefaults, minRelativeDeviation }),
      )[2500]?.isOutlier;
    assert.deepEqual([isOutlier(0.2), isOutlier(0.5)], [true, false]);
  });

  test("the same values get the same verdicts, in a window as one by one", () => {
    fc.assert(
      fc.property(values, (series) => {
        const points = feed(series.length, (time) => series[time] ?? 0);
        const judgement = judgeWindow(adaptive, Float64Array.from(series), noOptions);
        assert.deepEqual(
          judgement.outliers,
          points.flatMap(({ isOutlier }, time) => (isOutlier ? [time] : [])),
        );
        assert.deepEqual(
          points.map((_, position) => judgement.score(position)),
          points.map(({ score }) => score),
        );
      }),
    );
  });

  test("a power of two as unit changes no verdict", () => {
    const random = randomFrom(8);
    const series = Array.from({ length: 3000 }, (_, time) => (time === 2500 ? 9 : random()));
    const flags = flagsOf(feed(3000, (time) => series[time] ?? 0));
    assert.ok(flags.includes(2500));
    for (const unit of [2 ** -10, 2 ** 10]) {
      assert.deepEqual(flagsOf(feed(3000, (time) => (series[time] ?? 0) * unit)), flags);
    }
  });
});

describe("sensitivity", () => {
  // The threshold is learnt in the first days; the days after them are counted.
  for (const asked of [1, 10]) {
    test(`${asked} a day brings about ${asked} events a day on normal data`, () => {
      const normal = normalFrom(asked);
      const days = 10;
      const perDay = 8640;
      const state = new Adaptive({ ...adaptiveDefaults, sensitivity: asked });
      let events = 0;
      for (let at = 0; at < 2 * days * perDay; at++) {
        const { event } = state.update(at * 10_000, 50 + normal());
        if (at >= days * perDay && event === "begins") events += 1;
      }
      assert.ok(
        events / days <= 2 * asked && events / days >= asked / 2,
        `${events / days} events a day`,
      );
    });
  }
});
