import { createHash } from "node:crypto";
import { MAX_NORMALS } from "@outliers/detection/normals";
import type { Logger } from "@outliers/service/logger";
import { z } from "zod";
import { type Sample, scoredValue } from "./sample-buffer.ts";
import type { Series } from "./series.ts";

const MAX_SERIES = 1000;
const MAX_NAME = 1024;
/** Of all periods together: about 10 MiB on disk. */
const MAX_SAMPLES = 200_000;

const time = z.iso
  .datetime({ offset: true, error: "expected a time such as 2026-11-26T02:00:00Z" })
  .transform((text) => Date.parse(text));

/** What a person says: these series, or all, were normal from one time to another. */
export const markShape = {
  from: time,
  to: time,
  series: z.array(z.string().min(1).max(MAX_NAME)).min(1).max(MAX_SERIES).optional(),
  note: z.string().trim().max(500).default(""),
  by: z.string("expected who says so").trim().min(1, "expected who says so").max(100),
};
export type Mark = {
  from: number;
  to: number;
  series?: readonly string[] | undefined;
  note: string;
  by: string;
};

const samplesSchema = z
  .strictObject({ timesMs: z.array(z.number()), values: z.array(z.number()) })
  .refine(({ timesMs, values }) => timesMs.length === values.length, "samples that don't fit");

/** A period of some series that a person has called normal. */
export const normalPeriodSchema = z.strictObject({
  /** Follows from series and times: what is marked twice is one period. */
  id: z.string().min(1).max(64),
  /** Null: all that there were. */
  series: z.array(z.string().max(MAX_NAME)).nullable(),
  fromMs: z.number(),
  toMs: z.number(),
  note: z.string().max(500),
  by: z.string().max(100),
  markedAtMs: z.number(),
  /** Whether somebody marked it here, or NORMALS_FILE lists it. */
  origin: z.enum(["marked", "file"]),
  /** Why it has no samples, if it has none. */
  problem: z.string().optional(),
  /** Its samples by series, from which a detector that doesn't know it learns. */
  samples: z.record(z.string(), samplesSchema),
});
export type NormalPeriod = z.output<typeof normalPeriodSchema>;

/** A series that a period leaves out, and why. */
type LeftOut = { series: string; reason: string };

/** Why something can't be marked or taken back. */
export class NormalPeriodError extends Error {
  override name = "NormalPeriodError";
  readonly kind: "invalid" | "conflict" | "unknown";
  /** From when on samples are kept, when older ones were asked for. */
  readonly keptFromMs: number | undefined;

  constructor(kind: NormalPeriodError["kind"], message: string, keptFromMs?: number) {
    super(message);
    this.kind = kind;
    this.keptFromMs = keptFromMs;
  }
}

/** What a detector has to know of a series. */
export type Normal = { id: string; timesMs: readonly number[]; values: readonly number[] };

/** How far the detector knows a period of a series. */
export type NormalState = { state: "pending" | "learnt" } | { state: "refused"; reason: string };

type Dependencies = {
  series: () => readonly Series[];
  /** The outliers of a series that are kept longer than its other samples. */
  outliersOf: (seriesId: string, fromMs: number, toMs: number) => readonly Sample[];
  now: () => number;
  logger: Logger;
  /** Called when a detector has something to learn or to forget. */
  onEdit: () => void;
};

/** The periods that people have called normal, until they take them back. */
export class NormalPeriods {
  readonly #deps: Dependencies;
  readonly #byId = new Map<string, NormalPeriod>();
  /** What each series' detector has to know. */
  readonly #bySeries = new Map<string, Normal[]>();
  /** What the detectors know and refuse, by series. */
  readonly #learnt = new Map<string, ReadonlySet<string>>();
  readonly #refused = new Map<string, Map<string, string>>();
  #edits = 0;
  #progress = 0;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** How often the list has changed. */
  get edits(): number {
    return this.#edits;
  }

  /** How often anything that is shown of it has changed. */
  get changes(): number {
    return this.#edits + this.#progress;
  }

  /** In the order in which they were marked. */
  get list(): readonly NormalPeriod[] {
    return [...this.#byId.values()];
  }

  /** Goes on from what was stored. */
  restore(periods: readonly NormalPeriod[]): void {
    for (const period of periods) this.#byId.set(period.id, period);
    this.#index();
  }

  /**
   * Marks a period as normal.
   * @returns it, and the series of which nothing could be taken
   * @throws NormalPeriodError
   */
  mark(mark: Mark, origin: NormalPeriod["origin"]) {
    const id = idOf(mark);
    const known = this.#byId.get(id);
    if (known && origin === "marked")
      throw new NormalPeriodError("conflict", `this is marked already, by ${known.by}`);
    const { now, logger } = this.#deps;
    const { samples, leftOut } = this.#samplesOf(mark);
    const period = this.#put({ ...periodOf(id, mark, origin, now()), samples });
    const counts = Object.entries(samples).map(([one, { values }]) => [one, values.length]);
    logger.info(
      { ...logFields(period), samples: Object.fromEntries(counts), leftOut },
      "marked as normal",
    );
    this.#deps.onEdit();
    return { period, leftOut };
  }

  /** Lists a period of NORMALS_FILE that has no samples. @returns whether that is new */
  setProblem(mark: Mark, problem: string): boolean {
    const id = idOf(mark);
    if (this.#byId.get(id)?.problem === problem) return false;
    this.#put({ ...periodOf(id, mark, "file", this.#deps.now()), problem, samples: {} });
    return true;
  }

  /**
   * Takes back what was marked as normal.
   * @throws NormalPeriodError
   */
  takeBack(id: string, origin: NormalPeriod["origin"], by?: string): void {
    const period = this.#byId.get(id);
    if (!period) throw new NormalPeriodError("unknown", `nothing is marked with the id ${id}`);
    if (period.origin !== origin)
      throw new NormalPeriodError("conflict", "NORMALS_FILE lists it: remove it there");
    this.#byId.delete(id);
    for (const refused of this.#refused.values()) refused.delete(id);
    this.#index();
    this.#deps.logger.info({ ...logFields(period), takenBackBy: by }, "no longer counts as normal");
    this.#deps.onEdit();
  }

  /** What a detector has to know of a series; what it refuses is left out. */
  of({ id }: Series): readonly Normal[] {
    const refused = this.#refused.get(id);
    const all = this.#bySeries.get(id) ?? [];
    return refused ? all.filter((normal) => !refused.has(normal.id)) : all;
  }

  stateOf(seriesId: string, id: string): NormalState {
    const reason = this.#refused.get(seriesId)?.get(id);
    if (reason !== undefined) return { state: "refused", reason };
    return { state: this.#learnt.get(seriesId)?.has(id) ? "learnt" : "pending" };
  }

  /** Takes note of what a detector knows of a series now. */
  onKnown(series: Series, ids: ReadonlySet<string>): void {
    const before = this.#learnt.get(series.id) ?? new Set();
    if (before.size === ids.size && [...before].every((id) => ids.has(id))) return;
    this.#learnt.set(series.id, new Set(ids));
    this.#progress += 1;
  }

  /** Takes note of a refusal: what a detector can't learn is not sent again. */
  onRefused(series: Series, id: string, reason: string): void {
    const refused = this.#refused.get(series.id) ?? new Map<string, string>();
    this.#refused.set(series.id, refused.set(id, reason));
    this.#progress += 1;
    this.#deps.logger.warn(
      { series: series.id, normal: id, reason },
      "the detector can't learn what was marked as normal",
    );
  }

  #samplesOf({ series: ids, from, to }: Mark) {
    if (to < from) throw new NormalPeriodError("invalid", "it ends before it begins");
    if (to > this.#deps.now())
      throw new NormalPeriodError("invalid", "it ends in the future: mark it when it is over");
    const all = this.#deps.series();
    const samples: NormalPeriod["samples"] = {};
    const leftOut: LeftOut[] = [];
    for (const one of ids ? ids.map((id) => findSeries(all, id)) : all) {
      try {
        samples[one.id] = this.#samplesOfSeries(one, from, to);
      } catch (error) {
        if (ids || !(error instanceof NormalPeriodError)) throw error;
        leftOut.push({ series: one.id, reason: error.message });
      }
    }
    const [first] = leftOut;
    if (Object.keys(samples).length === 0)
      throw new NormalPeriodError("conflict", first?.reason ?? "there are no series yet");
    const held = this.list.reduce((sum, period) => sum + sizeOf(period.samples), 0);
    if (held + sizeOf(samples) > MAX_SAMPLES)
      throw new NormalPeriodError(
        "conflict",
        `it has ${sizeOf(samples)} samples, and all periods together may have ${MAX_SAMPLES}, of which ${held} are taken: name its series, mark less of it, or take others back`,
      );
    return { samples, leftOut };
  }

  #samplesOfSeries(series: Series, fromMs: number, toMs: number) {
    if ((this.#bySeries.get(series.id)?.length ?? 0) >= MAX_NORMALS)
      throw new NormalPeriodError(
        "conflict",
        `${series.id} has ${MAX_NORMALS} periods that count as normal, and can't have more: take one back first`,
      );
    const { samples } = series;
    const oldestMs = samples.at(samples.oldest).timeMs;
    // What was no outlier is normal anyway.
    const outliers =
      oldestMs > fromMs
        ? this.#deps.outliersOf(series.id, fromMs, Math.min(toMs, oldestMs - 1))
        : [];
    if (oldestMs > fromMs && outliers.length === 0)
      throw new NormalPeriodError(
        "conflict",
        `the samples of ${series.id} are kept from ${iso(oldestMs)} on, and it begins at ${iso(fromMs)}`,
        oldestMs,
      );
    const timesMs = outliers.map(({ timeMs }) => timeMs);
    const values = outliers.map(scoredValue);
    for (let at = samples.after(fromMs - 1); at < samples.pushed; at++) {
      const sample = samples.at(at);
      if (sample.timeMs > toMs) break;
      if (sample.timeMs < fromMs) continue;
      timesMs.push(sample.timeMs);
      values.push(scoredValue(sample));
    }
    if (values.length === 0)
      throw new NormalPeriodError(
        "conflict",
        `${series.id} has no sample from ${iso(fromMs)} to ${iso(toMs)}`,
      );
    return { timesMs, values };
  }

  #put(period: NormalPeriod): NormalPeriod {
    this.#byId.set(period.id, period);
    this.#index();
    return period;
  }

  #index(): void {
    this.#edits += 1;
    this.#bySeries.clear();
    for (const { id, samples } of this.#byId.values()) {
      for (const [seriesId, { timesMs, values }] of Object.entries(samples)) {
        const normals = this.#bySeries.get(seriesId) ?? [];
        this.#bySeries.set(seriesId, [...normals, { id, timesMs, values }]);
      }
    }
  }
}

/** The id of what is marked, whoever marks it. */
export function idOf({ series, from, to }: Mark): string {
  const identity = JSON.stringify([series ? series.toSorted() : null, from, to]);
  return createHash("sha256").update(identity).digest("hex").slice(0, 12);
}

const periodOf = (
  id: string,
  { series, from, to, note, by }: Mark,
  origin: NormalPeriod["origin"],
  markedAtMs: number,
) => ({
  id,
  series: series ? [...series] : null,
  fromMs: from,
  toMs: to,
  note,
  by,
  markedAtMs,
  origin,
});

function findSeries(all: readonly Series[], id: string): Series {
  const found = all.find((one) => one.id === id);
  if (found) return found;
  const names = all.slice(0, 10).map((one) => one.id);
  const more = all.length > names.length ? ` and ${all.length - names.length} more` : "";
  throw new NormalPeriodError(
    "conflict",
    `there is no series ${JSON.stringify(id)}: there are ${names.join(", ") || "none yet"}${more}`,
  );
}

const sizeOf = (samples: NormalPeriod["samples"]): number =>
  Object.values(samples).reduce((sum, { values }) => sum + values.length, 0);

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

const logFields = ({ id, fromMs, toMs, by, note }: NormalPeriod) => ({
  normal: id,
  from: iso(fromMs),
  to: iso(toMs),
  by,
  note,
});
