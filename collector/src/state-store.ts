import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { MAX_NORMALS } from "@outliers/detection/normals";
import type { Logger } from "@outliers/service/logger";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { Clock } from "./clock.ts";
import type { Metrics } from "./metrics.ts";
import { type NormalPeriod, type NormalPeriods, normalPeriodSchema } from "./normal-periods.ts";
import { type Series, seriesId } from "./series.ts";
import type { Sink } from "./sink.ts";
import { type Incident, type Incidents, incidentSchema } from "./sinks/incidents.ts";
import { type Status, type Statuses, statusSchema } from "./sinks/status.ts";

/** A file is written again this long after it was written before. */
const SAVE_MS = 60_000;
/** Files written a second: a disk has other work, and thousands of series spread over half an hour. */
const SAVES_PER_ROUND = 5;
const ROUND_MS = 1000;
/** State that nobody came back for is deleted after this long. */
const EXPIRY_MS = 30 * 86_400_000;
/** Far larger than any that is written. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
const MAX_SAMPLES = 100_000;
const INCIDENTS_FILE = "incidents.json";
const NORMALS_FILE = "normals.json";
const SERIES_FILE = /^series-[0-9a-f]{32}\.json$/;

const seriesSchema = z
  .strictObject({
    version: z.literal(1),
    id: z.string().max(65_536),
    /**
     * The base64 of what a detector had learnt, the time of the last sample in it, and the ids of
     * the periods that it knows to be normal.
     */
    checkpoint: z
      .strictObject({
        state: z.base64().min(1),
        timeMs: z.number(),
        normals: z.array(z.string().max(64)).max(MAX_NORMALS).default([]),
      })
      .nullable(),
    /** The samples since, and how many of them have had their verdicts. */
    timesMs: z.array(z.number()).min(1).max(MAX_SAMPLES),
    values: z.array(z.number()).max(MAX_SAMPLES),
    /** Of a series that is compared with its peers: with which, and what each sample was compared with. */
    typical: z.string().max(65_536).optional(),
    references: z.array(z.number()).max(MAX_SAMPLES).optional(),
    scored: z.int().min(0),
    status: statusSchema,
  })
  .refine(({ timesMs, values, references = values, scored }) => {
    const isRising = timesMs.every((timeMs, at) => at === 0 || timeMs > (timesMs[at - 1] ?? 0));
    const isWhole = values.length === timesMs.length && references.length === timesMs.length;
    return isRising && isWhole && scored <= values.length;
  }, "samples that don't fit together")
  .transform(({ id, checkpoint, timesMs, values, typical, references, scored, status }) => ({
    id,
    checkpoint: checkpoint && {
      state: Uint8Array.from(Buffer.from(checkpoint.state, "base64")),
      timeMs: checkpoint.timeMs,
      normals: checkpoint.normals,
    },
    /** Made when asked for: as objects, those of many series would take many times the memory. */
    get samples() {
      return timesMs.map((timeMs, at) => {
        const sample = { timeMs, value: values[at] ?? 0 };
        return references ? { ...sample, reference: references[at] } : sample;
      });
    },
    typical,
    scored,
    status,
  }));

/** What is known of a series from before a restart. */
type StoredSeries = z.output<typeof seriesSchema>;

const incidentsSchema = z.strictObject({
  version: z.literal(1),
  incidents: z.array(incidentSchema).max(10_000),
});

const normalsSchema = z.strictObject({
  version: z.literal(1),
  normals: z.array(normalPeriodSchema).max(10_000),
});

/** What is written besides the series. */
type Written = { statuses: Statuses; incidents: Incidents; normals: NormalPeriods };

type Dependencies = { clock: Clock; logger: Logger; metrics: Metrics };

/**
 * Keeps what a restart must not lose in a folder: a file for each series, one for incidents, and one
 * for what was marked as normal. A full or read-only disk costs a warning and a metric, never
 * detection.
 */
export class StateStore implements Sink {
  readonly #folder: string;
  readonly #deps: Dependencies;
  readonly #stored: Map<string, StoredSeries>;
  readonly #storedIncidents: readonly Incident[];
  readonly #storedNormals: readonly NormalPeriod[];
  /** Those whose file is on disk, and nothing of them in memory. */
  readonly #forgotten = new Set<string>();
  /** When a series was last written, and whether that succeeded. */
  readonly #saves = new Map<Series, { atMs: number; isSaved: boolean }>();
  /** How many changes of the incidents there were when they were written; restoring makes one each. */
  #savedChanges: number;
  /** The same of what was marked as normal; restoring makes one. */
  #savedEdits = 1;
  #isFailing = false;

  private constructor(
    folder: string,
    deps: Dependencies,
    stored: Map<string, StoredSeries>,
    incidents: readonly Incident[],
    normals: readonly NormalPeriod[],
  ) {
    this.#folder = folder;
    this.#deps = deps;
    this.#stored = stored;
    this.#storedIncidents = incidents;
    this.#storedNormals = normals;
    this.#savedChanges = incidents.length;
  }

  /** Reads what is there. Files that can't be used are set aside. */
  static async open(folder: string, deps: Dependencies): Promise<StateStore> {
    const stored = new Map<string, StoredSeries>();
    let incidents: readonly Incident[] = [];
    let normals: readonly NormalPeriod[] = [];
    for (const name of await filesOf(folder, deps.logger)) {
      const path = join(folder, name);
      try {
        if (SERIES_FILE.test(name)) {
          const one = await read(path, seriesSchema, deps.clock.now() - EXPIRY_MS);
          if (one) stored.set(one.id, one);
        } else if (name === INCIDENTS_FILE) {
          const oldestMs = deps.clock.now() - EXPIRY_MS;
          incidents = (await read(path, incidentsSchema, oldestMs))?.incidents ?? [];
        } else if (name === NORMALS_FILE) {
          // What a person said holds until it is taken back.
          normals = (await read(path, normalsSchema, Number.NEGATIVE_INFINITY))?.normals ?? [];
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        deps.logger.warn({ file: path, reason }, "state file is damaged and set aside as .damaged");
        await rename(path, `${path}.damaged`).catch(() => undefined);
      }
    }
    if (stored.size > 0)
      deps.logger.info({ series: stored.size, folder }, "continuing from stored state");
    deps.metrics.stateWriteSuccess.set(1);
    return new StateStore(folder, deps, stored, incidents, normals);
  }

  /** What was stored of a series, once. */
  take(id: string): StoredSeries | undefined {
    const stored = this.#stored.get(id);
    this.#stored.delete(id);
    if (stored || !this.#forgotten.delete(id)) return stored;
    try {
      return parse(readFileSync(join(this.#folder, fileOf(id)), "utf8"), seriesSchema);
    } catch {
      // It was never written, or can't be read: the series starts over.
      return undefined;
    }
  }

  get incidents(): readonly Incident[] {
    return this.#storedIncidents;
  }

  get normals(): readonly NormalPeriod[] {
    return this.#storedNormals;
  }

  onVerdicts(series: Series): void {
    // Its history would be news after a restart: it is read again instead.
    if (series.isInHistory) return;
    // A new series is written at the next round.
    if (!this.#saves.has(series))
      this.#saves.set(series, { atMs: Number.NEGATIVE_INFINITY, isSaved: false });
  }

  /** No longer writes a series; if it comes back, it goes on from what was written. */
  forget(series: Series): void {
    if (this.#saves.delete(series)) this.#forgotten.add(series.id);
  }

  /** Deletes what was stored of a series. */
  drop(series: Series): void {
    this.#saves.delete(series);
    rmSync(join(this.#folder, fileOf(series.id)), { force: true });
  }

  /** Writes what has changed, a few files at a time, until the signal aborts; then all of it. */
  async run(state: Written, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#deps.clock.sleep(ROUND_MS, signal);
      } catch {
        break;
      }
      await this.#saveDue(state, SAVES_PER_ROUND, SAVE_MS);
    }
    await this.#saveDue(state, Number.POSITIVE_INFINITY, 0);
  }

  async #saveDue(
    { statuses, incidents, normals }: Written,
    maxFiles: number,
    minAgeMs: number,
  ): Promise<void> {
    const nowMs = this.#deps.clock.now();
    const due = [...this.#saves]
      .filter(([series, { atMs, isSaved }]) => {
        // Absolute, so that a clock that is set back does not keep it from being written.
        const isOld = Math.abs(nowMs - atMs) >= minAgeMs;
        return isOld && !(isSaved && series.newest.timeMs <= atMs - minAgeMs);
      })
      .toSorted(([, a], [, b]) => a.atMs - b.atMs)
      .slice(0, maxFiles);
    for (const [series] of due) {
      const isSaved = await this.#write(fileOf(series.id), storedOf(series, statuses.of(series)));
      if (this.#saves.has(series)) this.#saves.set(series, { atMs: nowMs, isSaved });
    }
    const { changes } = incidents;
    if (changes !== this.#savedChanges) {
      const content = { version: 1, incidents: incidents.since(0) };
      if (await this.#write(INCIDENTS_FILE, content)) this.#savedChanges = changes;
    }
    const { edits } = normals;
    if (edits !== this.#savedEdits) {
      const content = { version: 1, normals: normals.list };
      if (await this.#write(NORMALS_FILE, content)) this.#savedEdits = edits;
    }
  }

  /** @returns whether it succeeded */
  async #write(name: string, content: unknown): Promise<boolean> {
    const { logger, metrics } = this.#deps;
    const path = join(this.#folder, name);
    let isWritten = true;
    try {
      await writeFileAtomic(path, JSON.stringify(content), { mode: 0o600 });
      if (this.#isFailing) logger.info({ folder: this.#folder }, "state can be stored again");
      this.#isFailing = false;
    } catch (error) {
      isWritten = false;
      metrics.stateWriteFailures.inc();
      if (!this.#isFailing)
        logger.warn({ err: error }, "state can't be stored: a restart would start over");
      this.#isFailing = true;
    }
    metrics.stateWriteSuccess.set(Number(!this.#isFailing));
    return isWritten;
  }
}

/** Whether a folder has the state of any series, from which a collector goes on. */
export const hasStoredSeries = async (folder: string): Promise<boolean> =>
  (await readdir(folder).catch(() => [])).some((name) => SERIES_FILE.test(name));

async function filesOf(folder: string, logger: Logger): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await readdir(folder);
  } catch (error) {
    logger.warn({ err: error }, "STATE_DIR can't be read: starting over");
    return [];
  }
}

/** @returns undefined, and deletes it, when it is too old to be of use */
async function read<T>(
  path: string,
  schema: z.ZodType<T>,
  oldestMs: number,
): Promise<T | undefined> {
  const { size, mtimeMs } = await stat(path);
  if (mtimeMs < oldestMs) {
    await rm(path);
    return undefined;
  }
  if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes`);
  return parse(await readFile(path, "utf8"), schema);
}

function parse<T>(text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
}

/** Names can hold anything; their hash can be a file's. */
const fileOf = (id: string): string =>
  `series-${createHash("sha256").update(id).digest("hex").slice(0, 32)}.json`;

function storedOf(series: Series, status: Status) {
  const { samples, checkpoint, scored, description } = series;
  const since = checkpoint ? samples.after(checkpoint.timeMs) : samples.oldest;
  // The last sample at least: it says until when the series was watched.
  const from = Math.max(
    samples.oldest,
    Math.min(since, samples.pushed - 1),
    samples.pushed - MAX_SAMPLES,
  );
  const kept = Array.from({ length: samples.pushed - from }, (_, at) => samples.at(from + at));
  return {
    version: 1,
    id: series.id,
    checkpoint: checkpoint
      ? { ...checkpoint, state: Buffer.from(checkpoint.state).toString("base64") }
      : null,
    timesMs: kept.map(({ timeMs }) => timeMs),
    values: kept.map(({ value }) => value),
    ...(description.typical && { typical: seriesId(description.typical) }),
    ...(kept[0]?.reference !== undefined && {
      references: kept.map(({ reference = 0 }) => reference),
    }),
    scored: Math.max(0, scored - from),
    status,
  };
}
