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
  /** How many samples a series needs before its first verdict. */
  warmUpSamples: number;
  /** Why nothing can be marked as normal; undefined when it can. */
  readOnly: string | undefined;
  /** The gRPC status code of the last detection; undefined before the first one. */
  lastCode: () => string | undefined;
};

/** An event as `EventSource` takes it. */
export type FeedEvent = {
  event: "status" | "descriptions" | "rows" | "series" | "incidents" | "normals";
  data: unknown;
};

/**
 * With more series the page lists those of queries, and draws those of them that its viewer has
 * chosen. The host's own are drawn in any case, unless they alone are more.
 */
export const MAX_CHARTS = 24;

type Seen = { samples: number; verdicts: number };

/**
 * What one viewer has not seen yet, event by event: first the recent samples, later only what is
 * new. An event counts as seen once it is taken, so a viewer can stop at any point and go on later.
 * @param chosen the series to draw, where there are too many to draw them all
 */
export function createFeed(
  view: View,
  chosen: readonly string[] = [],
): () => Generator<FeedEvent, void> {
  const { series, incidents, normals, readOnly, lastCode } = view;
  const isChosen = new Set(chosen.slice(0, MAX_CHARTS));
  let seenOf = new WeakMap<Series, Seen>();
  let seenRows = new WeakMap<Series, Seen>();
  let seenSeries: readonly Series[] | undefined;
  let seenMode: ListMode | undefined;
  let seenStatus = "";
  let seenChanges = -1;
  let seenNormals = -1;

  return function* next() {
    const all = series();
    const mode = listModeOf(all);
    if (mode !== seenMode) {
      seenMode = mode;
      seenSeries = undefined;
      seenOf = new WeakMap();
      seenRows = new WeakMap();
    }
    const isListed = (one: Series): boolean =>
      mode === "all" || (mode === "queries" && isOfQuery(one));
    const status = statusOf(view, all, lastCode());
    const statusText = JSON.stringify(status);
    if (statusText !== seenStatus) {
      seenStatus = statusText;
      yield { event: "status", data: status };
    }
    if (!isSame(all, seenSeries)) {
      seenSeries = all;
      yield { event: "descriptions", data: all.map((one) => descriptionData(one, isListed(one))) };
    }
    if (mode !== "none") {
      // The verdict on a new sample comes at once: one row for both.
      const isWaiting = (one: Series) => one.backlog === 1 && seenRows.has(one);
      const changed = all.filter(
        (one) => isListed(one) && isNews(seenRows, one) && !isWaiting(one),
      );
      for (const one of changed) seenRows.set(one, seenNow(one));
      const data = changed.map((one) => rowData(view, one));
      if (data.length > 0) yield { event: "rows", data };
    }
    for (const one of all) {
      if (isListed(one) && !isChosen.has(one.id)) continue;
      if (!isNews(seenOf, one)) continue;
      const seen = seenOf.get(one);
      seenOf.set(one, seenNow(one));
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

/** Which series are listed instead of drawn. */
type ListMode = "none" | "queries" | "all";

function listModeOf(all: readonly Series[]): ListMode {
  if (all.length <= MAX_CHARTS) return "none";
  const own = all.reduce((sum, one) => sum + Number(!isOfQuery(one)), 0);
  return own <= MAX_CHARTS ? "queries" : "all";
}

const isOfQuery = ({ description }: Series): boolean => description.labels.query !== undefined;

const seenNow = (one: Series): Seen => ({ samples: one.samples.pushed, verdicts: one.scored });

/** Whether a series has samples or verdicts that were not seen. */
function isNews(seenOf: WeakMap<Series, Seen>, one: Series): boolean {
  const seen = seenOf.get(one);
  return seen?.samples !== one.samples.pushed || seen.verdicts !== one.scored;
}

const isSame = (all: readonly Series[], before: readonly Series[] | undefined): boolean =>
  before?.length === all.length && all.every((one, at) => one === before[at]);

function statusOf({ warmUpSamples }: View, series: readonly Series[], code: string | undefined) {
  const backlog = series.reduce((sum, one) => sum + one.backlog, 0);
  return { code: code ?? null, backlog, warmUpSamples };
}

/** What the page needs to know about a series; JSON has no infinity. */
const descriptionData = ({ id, description }: Series, isListed: boolean) => {
  const { name, title, labels, unit, min, max, intervalMs } = description;
  return {
    id,
    name,
    title,
    labels,
    unit,
    min: Number.isFinite(min) ? min : null,
    max: Number.isFinite(max) ? max : null,
    intervalMs,
    isListed,
  };
};

/** What a list shows of a series: its newest sample, the last verdict, and the last outlier. */
function rowData({ statuses }: View, one: Series) {
  const { lastOutlier } = statuses.of(one);
  const [value, verdict] = [statuses.valueOf(one), statuses.verdictOf(one)];
  return {
    id: one.id,
    time: one.newest.timeMs,
    value: value === undefined ? null : short(value),
    state: statuses.stateOf(one),
    score: verdict ? short(verdict.score) : null,
    lower: verdict ? short(verdict.lower) : null,
    upper: verdict ? short(verdict.upper) : null,
    outlierAt: lastOutlier?.sample.timeMs ?? null,
  };
}

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
    state: statuses.stateOf(one),
    scored: one.scored,
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

function eventData({ series, title, unit, sinceMs, untilMs, outliers, isOpen, peak }: Event) {
  const { sample, verdict, direction, reason } = peak;
  return {
    series,
    title,
    unit,
    sinceMs,
    untilMs,
    outliers,
    isOpen,
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
