import type { Alarm, AlarmLog } from "../alarm-log.ts";
import type { Point } from "../history.ts";
import type { Series } from "../series.ts";

/** What the page shows: the collector's state, read when someone looks. */
export type View = {
  series: () => Iterable<Series>;
  alarms: AlarmLog;
  /** The gRPC status code of the last detection; undefined before the first one. */
  lastCode: () => string | undefined;
};

/** An event as `EventSource` takes it. */
export type FeedEvent = { event: "status" | "series" | "alarms"; data: unknown };

type Seen = { samples: number; verdicts: number };

/**
 * What one viewer has not seen yet, event by event: to a new one the history, later only what is
 * new. Each event counts as seen once it is taken, so a viewer may stop anywhere and go on later.
 */
export function createFeed({ series, alarms, lastCode }: View): () => Generator<FeedEvent, void> {
  const seenOf = new WeakMap<Series, Seen>();
  let seenStatus = "";
  let seenFlags = -1;

  return function* next() {
    const status = statusOf([...series()], lastCode());
    const statusText = JSON.stringify(status);
    if (statusText !== seenStatus) {
      seenStatus = statusText;
      yield { event: "status", data: status };
    }
    for (const one of series()) {
      const seen = seenOf.get(one);
      const now = { samples: one.samples.pushed, verdicts: one.judged };
      if (seen?.samples === now.samples && seen.verdicts === now.verdicts) continue;
      seenOf.set(one, now);
      yield { event: "series", data: seriesData(one, seen) };
    }
    // After the series, which tell what the alarms stand on; the first time also when there are none.
    if (alarms.flags !== seenFlags) {
      const fresh = alarms.since(seenFlags);
      seenFlags = alarms.flags;
      yield { event: "alarms", data: fresh.map(alarmData) };
    }
  };
}

function statusOf(series: readonly Series[], code: string | undefined) {
  const backlog = series.reduce((sum, one) => sum + one.backlog, 0);
  return { code: code ?? null, backlog, series: series.map(({ name }) => name) };
}

/** The samples and verdicts of a series since those that were seen; columns are small as JSON. */
function seriesData({ name, state, samples, judged, history }: Series, seen: Seen | undefined) {
  const from = Math.max(seen?.samples ?? 0, history.oldest);
  const verdictsFrom = Math.max(seen?.verdicts ?? 0, history.oldest);
  const fresh = points(from, samples.pushed);
  const verdicts = points(verdictsFrom, judged);

  function points(start: number, end: number): Point[] {
    return Array.from({ length: Math.max(0, end - start) }, (_, index) =>
      history.at(start + index),
    );
  }
  return {
    name,
    state,
    isNew: seen === undefined,
    from,
    times: fresh.map(({ timeMs }) => timeMs),
    values: fresh.map(({ value }) => short(value)),
    verdictsFrom,
    scores: verdicts.map(({ score }) => short(score)),
    lower: verdicts.map(({ lower }) => short(lower)),
    upper: verdicts.map(({ upper }) => short(upper)),
    flagged: verdicts.flatMap(({ isFlagged }, index) => (isFlagged ? [verdictsFrom + index] : [])),
  };
}

function alarmData({ peak: { sample, verdict, direction, reason }, ...alarm }: Alarm) {
  return {
    ...alarm,
    value: short(sample.value),
    expected: short(verdict.expected),
    lower: short(verdict.lower),
    upper: short(verdict.upper),
    score: short(verdict.score),
    direction,
    reason,
  };
}

/** As many digits as a chart can show; JSON makes null of what is not finite. */
const short = (value: number): number => Number(value.toPrecision(5));
