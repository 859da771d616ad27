import type { Direction } from "@outliers/detection/method";
import type { Logger } from "@outliers/service/logger";
import type { LimitFunction } from "p-limit";
import type { Clock } from "../../clock.ts";
import type { Metrics } from "../../metrics.ts";
import { type SeriesDescription, seriesId } from "../../series.ts";
import { exportedLabel } from "../../series-metric.ts";
import {
  isAlone,
  MAX_PAST_MS,
  MAX_STEP_BACK_INTERVALS,
  type Reading,
  type Source,
} from "../source.ts";
import { deadlineMs, type PrometheusApi, type RangeSeries } from "./http-api.ts";
import { MIN_PEERS, Peers } from "./peers.ts";
import type { Query } from "./queries-schema.ts";
import { QueryError } from "./query-error.ts";

type Dependencies = {
  api: PrometheusApi;
  /** Bounds how many queries run at once, and how many of them read the past. */
  limit: LimitFunction;
  pastLimit: LimitFunction;
  /** Where a query has none of its own. */
  direction: Direction;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
};

/**
 * How large answers are: the series of the last one, and the share of the usual that is asked for:
 * below 1 what a server allowed, above 1 a guess that it is empty, as the one before was.
 */
type Answers = { series: number; share: number };

/** Half of what a series keeps at least: the others may still wait for their verdicts. */
const MAX_STEPS = 500;
/** So many points in an answer are half a MiB: an answer and its samples are garbage soon after. */
const MAX_POINTS = 20_000;
/** A larger piece is asked for on the guess that it is empty: if it isn't, the server works for nothing. */
const MAX_GUESSED_SHARE = 64;
/** As Prometheus limits the points of a series in an answer. */
const MAX_GUESSED_STEPS = 11_000;
/** Far more than an empty answer has: the rest of another isn't read. */
const MAX_GUESSED_BYTES = 1 << 16;
const MAX_BACKOFF_MS = 300_000;
/** The longest name that a detector takes. */
const MAX_ID_BYTES = 1024;

/** A PromQL query as a source: every series that it returns is a series. */
export function querySource(query: Query, deps: Dependencies): Source {
  const { api, limit, pastLimit, clock, logger, metrics } = deps;
  const { name, expr, interval: stepMs, offset: offsetMs } = query;
  const labels = { query: name };
  const describe = describer(query, deps.direction);
  const say = onChange((text) => logger.warn(labels, text));
  let lastNotices = "";
  let readUntilMs = Number.NEGATIVE_INFINITY;
  let isBehind = false;
  let failures = 0;
  let wait: { untilMs: number; error: unknown } | undefined;
  const live: Answers = { series: 1, share: 1 };
  /** Its own: a result that is empty now may have had many series. */
  const past: Answers = { series: 1, share: 1 };
  const livePeers = new Peers();
  let pastPeers = new Peers();
  let pastUntilMs = Number.NEGATIVE_INFINITY;
  let isPastFollowed = false;

  const gridAtOrBefore = (timeMs: number): number => Math.floor(timeMs / stepMs) * stepMs;
  const maxSteps = ({ series, share }: Answers): number => {
    const steps = Math.min(MAX_STEPS, MAX_POINTS / series) * share;
    return Math.max(1, Math.floor(share > 1 ? Math.min(MAX_GUESSED_STEPS, steps) : steps));
  };

  /** One request. @returns the readings, and until when they are */
  async function range(
    startMs: number,
    endMs: number,
    answers: Answers,
    via: LimitFunction,
    signal: AbortSignal,
  ) {
    const untilMs = Math.min(endMs, startMs + (maxSteps(answers) - 1) * stepMs);
    const isGuess = answers.share > 1;
    try {
      const result = await via(() => {
        signal.throwIfAborted();
        const maxBytes = isGuess ? { maxBytes: MAX_GUESSED_BYTES } : {};
        return api.queryRange({ expr, startMs, endMs: untilMs, stepMs, ...maxBytes }, signal);
      });
      const isEmpty = result.series.length === 0;
      if (isGuess && !isEmpty) throw new QueryError("more than was guessed", { isTooMuch: true });
      answers.series = Math.max(1, result.series.length);
      const maxShare = isEmpty && answers === past ? MAX_GUESSED_SHARE : 1;
      answers.share = Math.min(maxShare, answers.share * 2);
      return { ...result, readings: readingsOf(result.series, startMs, untilMs), untilMs };
    } catch (error) {
      if (isGuess) answers.share = 1;
      else if (error instanceof QueryError && error.failure.isTooMuch) answers.share /= 4;
      throw error;
    }
  }

  function readingsOf(all: readonly RangeSeries[], fromMs: number, untilMs: number): Reading[] {
    const readings: Reading[] = [];
    const { min, max } = query.range;
    const seen = new Set<SeriesDescription>();
    let rejected = 0;
    const ignored = { histogram: 0, too_long: 0, duplicate: 0, not_finite: 0, order: 0 };
    for (const { metric, values, hasHistograms } of all) {
      if (hasHistograms) ignored.histogram += 1;
      const series = describe(metric);
      if (!series) ignored.too_long += 1;
      else if (seen.has(series)) ignored.duplicate += values.length;
      else {
        seen.add(series);
        let lastMs = Number.NEGATIVE_INFINITY;
        for (const [seconds, text] of values) {
          const timeMs = Math.round(seconds * 1000);
          const value = Number(text);
          if (timeMs <= lastMs || timeMs < fromMs || timeMs > untilMs) ignored.order += 1;
          else if (!Number.isFinite(value)) ignored.not_finite += 1;
          else if (value < min || value > max) rejected += 1;
          else readings.push({ series, value, timeMs });
          lastMs = Math.max(lastMs, timeMs);
        }
      }
    }
    describe.keepOnly(seen);
    for (const [reason, count] of Object.entries(ignored))
      if (count > 0) metrics.ignoredValues.inc({ ...labels, reason }, count);
    say(
      "duplicate",
      ignored.duplicate > 0,
      "series differ only in labels that are dropped: one of them is watched; aggregate in the expression instead",
    );
    say(
      "too_long",
      ignored.too_long > 0,
      `series whose labels take more than ${MAX_ID_BYTES} bytes are left out: drop some of their labels`,
    );
    say(
      "histogram",
      ignored.histogram > 0,
      "native histograms have no single value: use histogram_quantile or histogram_avg",
    );
    // Impossible values are no failure of the query: the other series are fine.
    if (rejected > 0) metrics.rejectedReadings.inc({ source: name }, rejected);
    say("range", rejected > 0, "values outside the range of the query are ignored");
    return readings;
  }

  /** Readings with what their peers say. */
  function compared(readings: readonly Reading[], peers: Peers): readonly Reading[] {
    if (!query.peers) return readings;
    const all = peers.compare(readings);
    // That there were too few once says nothing of now.
    if (peers !== livePeers) return all;
    const alone = all.filter(isAlone);
    if (alone.length > 0) metrics.ignoredValues.inc({ ...labels, reason: "peers" }, alone.length);
    const [first] = alone;
    say(
      "peers",
      first !== undefined,
      `series with fewer than ${MIN_PEERS} peers can't be compared with them: they get no verdicts, such as ${first && seriesId(first.series)}`,
    );
    return all;
  }

  function onNotices(notices: readonly string[]): void {
    const text = notices.join("; ");
    if (text !== "" && text !== lastNotices)
      logger.warn({ ...labels, notices }, "query has warnings");
    lastNotices = text;
  }

  async function read(signal: AbortSignal): Promise<readonly Reading[]> {
    const nowMs = clock.now();
    if (wait && nowMs < wait.untilMs) throw wait.error;
    const endMs = gridAtOrBefore(nowMs - offsetMs);
    if (readUntilMs - endMs > MAX_STEP_BACK_INTERVALS * stepMs)
      readUntilMs = Number.NEGATIVE_INFINITY;
    if (readUntilMs >= endMs) return [];
    const isFirst = readUntilMs === Number.NEGATIVE_INFINITY;
    const startMs = isFirst ? endMs : Math.max(readUntilMs + stepMs, endMs - MAX_PAST_MS);
    try {
      const { readings, series, notices, untilMs } = await range(
        startMs,
        endMs,
        live,
        limit,
        signal,
      );
      wait = undefined;
      failures = 0;
      readUntilMs = untilMs;
      isBehind = untilMs < endMs;
      metrics.querySeries.set(labels, series.length);
      onNotices(notices);
      return compared(readings, livePeers);
    } catch (error) {
      isBehind = false;
      failures += 1;
      const asked = error instanceof QueryError ? error.failure.retryAfterMs : undefined;
      const backoffMs = failures > 1 ? stepMs * 2 ** Math.min(failures - 2, 20) : 0;
      const waitMs = Math.max(asked ?? 0, Math.min(backoffMs, MAX_BACKOFF_MS));
      wait = { untilMs: clock.now() + waitMs, error };
      throw error;
    }
  }

  return {
    name,
    intervalMs: stepMs,
    deadlineMs: deadlineMs(stepMs),
    read,
    stored: {
      readUntilMs: () => readUntilMs,
      isBehind: () => isBehind,
      async readPast(fromMs, untilMs, signal) {
        const startMs = Math.ceil(fromMs / stepMs) * stepMs;
        if (startMs > untilMs) return { readings: [], untilMs };
        past.series = Math.max(past.series, live.series);
        for (;;) {
          const isGuess = past.share > 1;
          const isLeast = maxSteps(past) === 1 && !isGuess;
          try {
            const piece = await range(startMs, untilMs, past, pastLimit, signal);
            if (startMs <= pastUntilMs) pastPeers = new Peers();
            pastUntilMs = piece.untilMs;
            const readings = compared(piece.readings, pastPeers);
            if (pastUntilMs >= readUntilMs && !isPastFollowed) {
              livePeers.follow(pastPeers);
              isPastFollowed = true;
            }
            return { readings, untilMs: piece.untilMs };
          } catch (error) {
            const failure = error instanceof QueryError ? error.failure : {};
            const isTooMuch = failure.isTooMuch || (isGuess && failure.isPermanent);
            if (!isTooMuch || isLeast || signal.aborted) throw error;
          }
        }
      },
      maxSeries: query.limit,
      isAbsenceAnEvent: query.absent === "event",
      identity: JSON.stringify(query),
    },
  };
}

/** Says something when it begins to hold, and again only after it had not. */
function onChange(say: (text: string) => void) {
  const holding = new Set<string>();
  return (key: string, holds: boolean, text: string): void => {
    if (holds && !holding.has(key)) say(text);
    if (holds) holding.add(key);
    else holding.delete(key);
  };
}

/**
 * Describes the series of a query, each once: its name is that of its metric, where it has one, and
 * its labels are those kept and `query`. Undefined if they are too long for a detector.
 */
function describer(query: Query, direction: Direction) {
  const byId = new Map<string, SeriesDescription>();
  /** By the labels that Prometheus gives them, which are the same each time: that spares all the rest. */
  const byMetric = new Map<string, SeriesDescription>();
  const typicals = new Map<string, SeriesDescription>();
  const keep = query.labels?.keep;
  const drop = query.labels?.drop;
  const isKept = (label: string): boolean =>
    !label.startsWith("__") && (keep?.includes(label) ?? true) && !drop?.includes(label);

  const common = {
    unit: "none",
    min: query.range.min,
    max: query.range.max,
    minDeviation: query.min_deviation.absolute,
    minRelativeDeviation: query.min_deviation.relative,
    direction: query.direction ?? direction,
    ...(query.sensitivity !== undefined && { sensitivity: query.sensitivity }),
    intervalMs: query.interval,
  } as const;

  function create(metric: Readonly<Record<string, string>>): SeriesDescription {
    const labels: Record<string, string> = { query: query.name };
    for (const [label, value] of Object.entries(metric)) {
      if (isKept(label)) labels[label === "query" ? exportedLabel(label, metric) : label] = value;
    }
    const name = metric.__name__ ?? query.name;
    const typical = query.peers && typicalOf(query.peers.by ?? [], metric);
    return {
      ...common,
      name,
      labels,
      title: name,
      ...(typical && { typical }),
    };
  }

  /** The typical series of a group: that of the metrics with the same values of these labels. */
  function typicalOf(by: readonly string[], metric: Readonly<Record<string, string>>) {
    const pairs = by.map((label) => [`by_${label}`, metric[label] ?? ""]);
    // No series of the query has such a label: those that begin with __ are dropped.
    const labels = { ...Object.fromEntries(pairs), query: query.name, __typical__: "" };
    const id = seriesId({ name: query.name, labels });
    const known = typicals.get(id);
    if (known) return known;
    const typical = { ...common, name: query.name, labels, title: id, isHidden: true } as const;
    typicals.set(id, typical);
    return typical;
  }

  function describe(metric: Readonly<Record<string, string>>): SeriesDescription | undefined {
    const key = JSON.stringify(metric);
    const known = byMetric.get(key);
    if (known) return known;
    const created = create(metric);
    const id = seriesId(created);
    const ids = [id, ...(created.typical ? [seriesId(created.typical)] : [])];
    if (ids.some((one) => Buffer.byteLength(one) > MAX_ID_BYTES)) return undefined;
    const description = byId.get(id) ?? created;
    byId.set(id, description);
    byMetric.set(key, description);
    return description;
  }
  /** Forgets the others, so that series that come and go leave nothing behind. */
  describe.keepOnly = (kept: ReadonlySet<SeriesDescription>): void => {
    for (const described of [byId, byMetric])
      for (const [key, one] of described) if (!kept.has(one)) described.delete(key);
    const groups = new Set([...kept].map(({ typical }) => typical));
    for (const [id, one] of typicals) if (!groups.has(one)) typicals.delete(id);
  };
  return describe;
}
