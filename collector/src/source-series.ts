import type { Logger } from "@outliers/service/logger";
import { absenceOf } from "./absence.ts";
import { backfill, type Past } from "./backfill.ts";
import type { Clock } from "./clock.ts";
import type { Detection } from "./detection.ts";
import type { Metrics } from "./metrics.ts";
import type { SampleBudget } from "./sample-budget.ts";
import type { Sample } from "./sample-buffer.ts";
import { type Checkpoint, Series, type SeriesDescription, seriesId } from "./series.ts";
import type { Sink } from "./sink.ts";
import type { Incidents } from "./sinks/incidents.ts";
import type { Statuses } from "./sinks/status.ts";
import {
  isAlone,
  MAX_PAST_MS,
  MAX_STEP_BACK_INTERVALS,
  type Reading,
  type Source,
} from "./sources/source.ts";
import type { StateStore } from "./state-store.ts";

/** What the series of all sources share. */
export type SeriesContext = {
  budget: SampleBudget;
  /** A series is forgotten after so many intervals without a sample. */
  capacity: number;
  /** How many intervals a series without new samples is still shown. */
  shownIntervals: number;
  /** How many samples of the past a new series is taught, where its source has stored them. */
  pastSamples: number;
  detection: Detection;
  store: StateStore | undefined;
  sinks: readonly Sink[];
  statuses: Statuses;
  incidents: Incidents;
  metrics: Metrics;
  clock: Clock;
  logger: Logger;
};

/** A series is absent if so many reads had no sample of it. */
const ABSENT_INTERVALS = 3;
/** So many samples may wait for verdicts before more of the past are read. */
const MAX_PAST_BACKLOG = 20_000;
/** How often to see whether they still do. */
const DRAIN_POLL_MS = 10;

/** The series of one source, from their first sample until they are forgotten. */
export class SourceSeries {
  readonly #byId = new Map<string, Series>();
  /** Series whose past is being read: they get no other samples until that is done. */
  readonly #past = new Map<string, Past>();
  /** Series whose past can't or need not be read, and what is stored of them. */
  readonly #withoutPast = new Map<string, Past["known"]>();
  /** When those that had too few peers to be compared with were last read. */
  readonly #seenAloneMs = new Map<string, number>();
  readonly #source: Source;
  readonly #context: SeriesContext;
  readonly #signal: AbortSignal;
  #backfilling: Promise<void> | undefined;
  #isLimitLogged = false;

  /** @param signal aborts when the source is no longer read */
  constructor(source: Source, context: SeriesContext, signal: AbortSignal) {
    this.#source = source;
    this.#context = context;
    this.#signal = signal;
    if (!source.stored) return;
    context.metrics.backfillSeries.set({ query: source.name }, 0);
    context.metrics.backfillSamples.inc({ query: source.name }, 0);
  }

  /**
   * Watches the series of another source of the same name and identity from here. What neither has
   * read, as while the other failed, is read as the past is.
   */
  adopt(other: SourceSeries): void {
    for (const [id, past] of other.#past) this.#past.set(id, past);
    for (const [id, known] of other.#withoutPast) this.#withoutPast.set(id, known);
    for (const [id, series] of other.#byId) {
      const { description, newest } = series;
      this.#byId.set(id, series);
      const past = { description, known: undefined, liveFromMs: series.liveFromMs };
      this.#past.set(id, { ...past, fromMs: newest.timeMs + 1 });
    }
    other.#byId.clear();
    other.#past.clear();
  }

  get all(): Series[] {
    return [...this.#byId.values()];
  }

  /** Those that anybody sees. */
  get visible(): Series[] {
    return this.all.filter(({ description }) => !description.isHidden);
  }

  /** Those of them with samples lately. */
  get shown(): Series[] {
    const isShown = this.#hasSampleWithin(this.#context.shownIntervals, this.#context.clock.now());
    return this.visible.filter(isShown);
  }

  /** Samples without a verdict; those of the past are no backlog. */
  get backlog(): number {
    return this.all.reduce((sum, one) => sum + (this.#past.has(one.id) ? 0 : one.backlog), 0);
  }

  /** Resolves once there is room for more readings. */
  async onReadings(readings: readonly Reading[], tickMs: number): Promise<void> {
    const { detection, metrics } = this.#context;
    const sampled = new Set<Series>();
    let leftOut = 0;
    for (const reading of readings) {
      const id = seriesId(reading.series);
      if (this.#past.has(id)) continue;
      if (isAlone(reading)) {
        if (this.#byId.has(id)) this.#seenAloneMs.set(id, reading.timeMs ?? tickMs);
      } else if (!this.#byId.has(id) && !this.#admit()) leftOut += 1;
      else if (!this.#byId.has(id) && this.#needsPast(id, reading, tickMs)) continue;
      else {
        const series = this.#push(id, reading, tickMs);
        if (series) sampled.add(series);
      }
    }
    if (this.#source.stored) {
      metrics.leftOutSeries.set({ query: this.#source.name }, leftOut);
      if (leftOut > 0) this.#logLimit(leftOut);
    }
    this.#forgetOld(tickMs);
    if (this.#source.stored || readings.length > 0) this.#markAbsent(tickMs);
    detection.onSamples(sampled, tickMs);
    if (this.#past.size > 0) this.#backfilling ??= this.#backfill();
    if (this.#source.stored?.isBehind()) await this.#drain(sampled);
  }

  /** Teaches a series its past again, if it is stored anywhere: nothing is known of it any more. */
  startOver(series: Series): void {
    if (!this.#source.stored || this.#byId.get(series.id) !== series) return;
    this.#forget(series);
    this.#context.store?.drop(series);
  }

  /** Forgets all of them. @param isFinal whether none of what is known of them is of use again */
  forgetAll(isFinal: boolean): void {
    for (const one of this.all) {
      this.#forget(one);
      this.#context.statuses.forget(one);
      if (isFinal) this.#context.store?.drop(one);
      else this.#context.store?.forget(one);
    }
  }

  /** Resolves when nothing runs any more; the signal has to abort first. */
  async close(): Promise<void> {
    await this.#backfilling;
  }

  /** Whether a new series has a place; one that is absent makes room. */
  #admit(): boolean {
    const { maxSeries } = this.#source.stored ?? {};
    if (maxSeries === undefined || this.#byId.size + this.#past.size < maxSeries) return true;
    const { statuses, store } = this.#context;
    const [longest] = this.visible
      .filter((one) => statuses.isAbsent(one))
      .toSorted((a, b) => a.newest.timeMs - b.newest.timeMs);
    if (!longest) return false;
    this.#forget(longest);
    statuses.forget(longest);
    store?.forget(longest);
    return true;
  }

  #logLimit(leftOut: number): void {
    if (this.#isLimitLogged) return;
    this.#isLimitLogged = true;
    this.#context.logger.warn(
      { query: this.#source.name, limit: this.#source.stored?.maxSeries, leftOut },
      "the query returns more series than its limit: the others are not watched",
    );
  }

  /** Notes a new series whose past has to be read first. @returns whether its reading can wait */
  #needsPast(id: string, { series, timeMs = 0 }: Reading, tickMs: number): boolean {
    if (!this.#source.stored) return false;
    if (this.#withoutPast.has(id)) return lastOf(this.#withoutPast.get(id)) >= timeMs;
    const stored = this.#takeStored(id, series);
    if (!stored && this.#typicalCheckpoint(series, timeMs)) {
      // It goes on from what its peers have in common, and needs no past of its own.
      this.#withoutPast.set(id, undefined);
      return false;
    }
    const isAhead = lastOf(stored) - timeMs > MAX_STEP_BACK_INTERVALS * series.intervalMs;
    const known = isAhead ? undefined : stored;
    if (lastOf(known) >= timeMs) {
      // After a quick restart there is no newer sample yet.
      this.#withoutPast.set(id, known);
      return true;
    }
    const pastMs = Math.min(MAX_PAST_MS, this.#context.pastSamples * series.intervalMs);
    this.#past.set(id, {
      description: series,
      known,
      fromMs: Math.max(Math.min(timeMs, tickMs) - pastMs, lastOf(known) + 1),
      liveFromMs: timeMs,
    });
    return true;
  }

  #backfill(): Promise<void> {
    const { metrics, logger, clock } = this.#context;
    const query = { query: this.#source.name };
    return backfill({
      source: this.#source,
      past: this.#past,
      clock,
      logger,
      signal: this.#signal,
      onSize: (size) => metrics.backfillSeries.set(query, size),
      onReadings: async (readings) => {
        metrics.backfillSamples.inc(query, readings.length);
        const touched = new Set<Series>();
        for (const reading of readings) touched.add(this.#pushPast(reading));
        this.#context.detection.detect(touched);
        await this.#drain(touched);
      },
      onGivenUp: (id, { known }) => void this.#withoutPast.set(id, known),
    }).finally(() => {
      this.#backfilling = undefined;
    });
  }

  #pushPast({ series: description, value, timeMs = 0, reference }: Reading): Series {
    const id = seriesId(description);
    const series = this.#byId.get(id);
    if (!series) {
      const { known, liveFromMs } = this.#past.get(id) ?? {};
      return this.#begin(id, description, { timeMs, value, reference }, known, liveFromMs);
    }
    if (timeMs > series.newest.timeMs) this.#add(series, { timeMs, value, reference });
    return series;
  }

  /** Waits until most of the samples of these series have their verdicts. */
  async #drain(series: ReadonlySet<Series>): Promise<void> {
    const { budget, clock } = this.#context;
    const isFull = (): boolean => {
      let total = 0;
      for (const { backlog, id } of series) {
        if (!this.#byId.has(id)) continue;
        if (backlog > budget.capacity / 2) return true;
        total += backlog;
      }
      return total > MAX_PAST_BACKLOG;
    };
    while (isFull() && !this.#signal.aborted) {
      await clock.sleep(DRAIN_POLL_MS, this.#signal).catch(() => undefined);
    }
  }

  /** Adds a reading to its series. @returns undefined if it is known already */
  #push(id: string, reading: Reading, tickMs: number): Series | undefined {
    const { series: description, value, timeMs = tickMs, reference } = reading;
    const { logger, detection } = this.#context;
    const known = this.#byId.get(id);
    const backMs = known ? known.newest.timeMs - timeMs : 0;
    if (known && backMs <= MAX_STEP_BACK_INTERVALS * description.intervalMs) {
      // What is stored has its own times, and may be read twice.
      if (this.#source.stored && backMs >= 0) return undefined;
      // Times must rise: after a small step back, samples stay close together until it catches up.
      const rising = Math.max(timeMs, known.newest.timeMs + 1);
      this.#add(known, { timeMs: rising, value, reference });
      return known;
    }
    if (known) {
      logger.warn(
        { series: id, backSeconds: backMs / 1000 },
        "clock was set back; detection starts over",
      );
      this.#forget(known);
      detection.restart();
    }
    const stored = this.#withoutPast.get(id) ?? this.#takeStored(id, description);
    this.#withoutPast.delete(id);
    const series = this.#begin(id, description, { timeMs, value, reference }, stored);
    if (known) series.checkpoint = usable(known.checkpoint, timeMs);
    return series;
  }

  #add(series: Series, sample: Sample): void {
    const dropped = series.push(sample);
    if (dropped > 0) this.#context.metrics.droppedSamples.inc(dropped);
    this.#onSample(series);
  }

  #onSample(series: Series): void {
    if (!this.#past.has(series.id) && !series.description.isHidden)
      this.#context.metrics.samples.inc();
    for (const sink of this.#context.sinks) sink.onSample?.(series);
  }

  #begin(
    id: string,
    description: SeriesDescription,
    first: Sample,
    stored: ReturnType<StateStore["take"]>,
    liveFromMs?: number,
  ): Series {
    const series = stored
      ? this.#restored(description, first, stored)
      : new Series(description, first, this.#context.budget, liveFromMs);
    if (!stored) series.checkpoint = this.#typicalCheckpoint(description, first.timeMs);
    this.#byId.set(id, series);
    this.#context.budget.add(1);
    this.#context.detection.add(series);
    this.#onSample(series);
    // No verdict was due before it was seen, however old its samples are.
    if (!stored && this.#source.stored)
      this.#context.statuses.watch(series, this.#context.clock.now());
    return series;
  }

  /** What is stored of a series, unless it was judged in another way. */
  #takeStored(id: string, { typical }: SeriesDescription): Past["known"] {
    const stored = this.#context.store?.take(id);
    return stored?.typical === (typical && seriesId(typical)) ? stored : undefined;
  }

  /** What the peers of a new series have in common, once it is known. */
  #typicalCheckpoint({ typical }: SeriesDescription, timeMs: number): Checkpoint | undefined {
    if (!typical) return undefined;
    const id = seriesId(typical);
    const series = this.#byId.get(id);
    const past = this.#past.get(id);
    // It may be catching up after a restart, but is of no use while it is taught its past.
    if (past && !past.known) return undefined;
    const stored = past?.known ?? this.#withoutPast.get(id);
    return usable(series?.checkpoint ?? stored?.checkpoint ?? undefined, timeMs);
  }

  /** The series as it was before a restart, and its first sample since. */
  #restored(
    description: SeriesDescription,
    first: Sample,
    stored: NonNullable<ReturnType<StateStore["take"]>>,
  ): Series {
    const { budget, statuses } = this.#context;
    const [before, ...more] = stored.samples;
    // Samples in the future come from a clock that was ahead.
    const isAhead = stored.samples.some(({ timeMs }) => timeMs >= first.timeMs);
    const series =
      before && !isAhead
        ? Series.restored(description, [before, ...more, first], stored.scored, budget)
        : new Series(description, first, budget);
    series.checkpoint = usable(stored.checkpoint ?? undefined, first.timeMs);
    statuses.restore(series, stored.status);
    return series;
  }

  /** Notes which series have stopped or have too few peers, and which are back. */
  #markAbsent(tickMs: number): void {
    const { stored, intervalMs } = this.#source;
    const { statuses, clock } = this.#context;
    if (stored?.isBehind()) return;
    const untilMs = stored?.readUntilMs() ?? tickMs;
    for (const one of this.visible) {
      if (this.#past.has(one.id)) continue;
      const isLate = (lastMs = 0): boolean => untilMs - lastMs >= ABSENT_INTERVALS * intervalMs;
      const isAlone = !isLate(this.#seenAloneMs.get(one.id));
      const lack = isAlone ? "alone" : "absent";
      statuses.setLack(one, isLate(one.newest.timeMs) ? lack : undefined, clock.now());
      if (statuses.isAbsent(one) && stored?.isAbsenceAnEvent) this.#onAbsence(one, untilMs);
    }
  }

  /** An event for as long as the series is absent and shown. */
  #onAbsence(series: Series, untilMs: number): void {
    const { statuses, incidents, shownIntervals, clock } = this.#context;
    if (!this.#hasSampleWithin(shownIntervals, untilMs)(series)) {
      incidents.forget(series);
      return;
    }
    const absence = absenceOf(series, statuses.of(series), untilMs);
    for (const sink of [statuses, incidents]) sink.onVerdicts(series, absence, clock.now());
  }

  /** Forgets series whose samples are all out of date, such as those of a core that is offline. */
  #forgetOld(nowMs: number): void {
    const { capacity, statuses, store } = this.#context;
    const hasSample = this.#hasSampleWithin(capacity, nowMs);
    const members = [...this.#byId.values(), ...this.#past.values()];
    const typicals = new Set(
      members.map(({ description: { typical } }) => typical && seriesId(typical)),
    );
    for (const one of this.#byId.values()) {
      const isKept = hasSample(one) && (!one.description.isHidden || typicals.has(one.id));
      if (this.#past.has(one.id) || isKept) continue;
      this.#forget(one);
      statuses.forget(one);
      store?.forget(one);
    }
  }

  #forget(series: Series): void {
    const { metrics, incidents, detection, budget } = this.#context;
    // What is stored is read again.
    if (!this.#source.stored) metrics.droppedSamples.inc(series.backlog);
    incidents.forget(series);
    detection.remove(series);
    this.#byId.delete(series.id);
    this.#seenAloneMs.delete(series.id);
    budget.add(-1);
  }

  #hasSampleWithin = (intervals: number, nowMs: number) => (one: Series) =>
    one.newest.timeMs >= nowMs - intervals * one.description.intervalMs;
}

/** When the last sample that is stored of a series was taken. */
const lastOf = (known: Past["known"]): number =>
  known?.samples.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY;

/** A checkpoint, unless it was taken by a clock that was ahead. */
const usable = (checkpoint: Checkpoint | undefined, nowMs: number): Checkpoint | undefined =>
  checkpoint && checkpoint.timeMs < nowMs ? checkpoint : undefined;
