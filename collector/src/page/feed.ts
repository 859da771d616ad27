import type { NormalPeriods } from "../normal-periods.ts";
import type { Series } from "../series.ts";
import type { Event, Incident, Incidents } from "../sinks/incidents.ts";
import type { RecentSample, RecentSamples } from "../sinks/recent-samples.ts";
import type { Statuses } from "../sinks/status.ts";
import { listData } from "./normals-api.ts";

/** What the page shows: the collector's state, read on demand. */
export type View = {
  series: () => readonly Series[];
  recentSamples: RecentSamples;
  statuses: Statuses;
  incidents: Incidents;
  normals: NormalPeriods;
  /** Why nothing can be marked as normal; undefined when it can. */
  readOnly: string | undefined;
  /** The gRPC status code of the last detection; undefined before the first one. */
  lastCode: () => string | undefined;
};

/** An event as `EventSource` takes it. */
export type FeedEvent = { event: "status" | "series" | "incidents" | "normals"; data: unknown };

type Seen = { samples: number; verdicts: number };

/**
 * What one viewer has not seen yet, event by event: first the recent samples, later only what is
 * new. An event counts as seen once it is taken, so a viewer can stop at any point and go on later.
 */
export function createFeed(view: View): () => Generator<FeedEvent, void> {
  const { series, incidents, normals, readOnly, lastCode } = view;
  const seenOf = new WeakMap<Series, Seen>();
  let seenStatus = "";
  let seenChanges = -1;
  let seenNormals = -1;

  return function* next() {
    const status = statusOf(series(), lastCode());
    const statusText = JSON.stringify(status);
    if (statusText !== seenStatus) {
      seenStatus = statusText;
      yield { event: "status", data: status };
    }
    for (const one of series()) {
      const seen = seenOf.get(one);
      const now = { samples: one.samples.pushed, verdicts: one.scored };
      if (seen?.samples === now.samples && seen.verdicts === now.verdicts) continue;
      seenOf.set(one, now);
      yield { event: "series", data: seriesData(view, one, seen) };
    }
    if (normals.changes !== seenNormals) {
      seenNormals = normals.changes;
      yield { event: "normals", data: { readOnly: readOnly ?? null, ...listData(normals) } };
    }
    // After the series that they refer to; the first time even if there are none.
    if (incidents.changes !== seenChanges) {
      const changed = incidents.since(seenChanges);
      seenChanges = incidents.changes;
      yield { event: "incidents", data: changed.map(incidentData) };
    }
  };
}

function statusOf(series: readonly Series[], code: string | undefined) {
  const backlog = series.reduce((sum, one) => sum + one.backlog, 0);
  return { code: code ?? null, backlog, series: series.map(descriptionData) };
}

/** What the page needs to know about a series; JSON has no infinity. */
const descriptionData = ({ id, description: { title, unit, min, max } }: Series) => ({
  id,
  title,
  unit,
  min: Number.isFinite(min) ? min : null,
  max: Number.isFinite(max) ? max : null,
});

/** The samples and verdicts of a series that were not seen yet, in columns: that is compact JSON. */
function seriesData({ recentSamples, statuses }: View, one: Series, seen: Seen | undefined) {
  const recent = recentSamples.of(one);
  const from = Math.max(seen?.samples ?? 0, recent.oldest);
  const verdictsFrom = Math.max(seen?.verdicts ?? 0, recent.oldest);
  const fresh = samples(from, one.samples.pushed);
  const scored = samples(verdictsFrom, one.scored);

  function samples(start: number, end: number): RecentSample[] {
    return Array.from({ length: Math.max(0, end - start) }, (_, index) => recent.at(start + index));
  }
  return {
    id: one.id,
    state: statuses.of(one).state,
    isNew: seen === undefined,
    from,
    times: fresh.map(({ timeMs }) => timeMs),
    values: fresh.map(({ value }) => short(value)),
    verdictsFrom,
    scores: scored.map(({ score }) => short(score)),
    lower: scored.map(({ lower }) => short(lower)),
    upper: scored.map(({ upper }) => short(upper)),
    outliers: scored.flatMap(({ isOutlier }, index) => (isOutlier ? [verdictsFrom + index] : [])),
  };
}

const incidentData = ({ events, ...incident }: Incident) => ({
  ...incident,
  events: events.map(eventData),
});

function eventData({ peak, ...event }: Event) {
  const { sample, verdict, direction, reason } = peak;
  return {
    ...event,
    value: short(sample.value),
    expected: short(verdict.expected),
    lower: short(verdict.lower),
    upper: short(verdict.upper),
    score: short(verdict.score),
    direction,
    reason,
  };
}

/** As many digits as a chart can show; JSON turns NaN and infinity into null. */
const short = (value: number): number => Number(value.toPrecision(5));
