import { isDeepStrictEqual } from "node:util";
import { CheckpointError } from "@outliers/detection/checkpoint";
import type { StreamMethod } from "@outliers/detection/method";
import { SeriesTracker } from "@outliers/detection/tracker";
import { quoted, RequestError } from "./errors.ts";
import { type Judged, toResponse } from "./verdicts.ts";
import type { Settings, Window, WindowSeries } from "./window.ts";

/** A stream's memory is bounded by its series; so their names are, too. */
const MAX_NAME_BYTES = 1024;

/** Times are told apart by microseconds: doubles of milliseconds since 1970 have a quarter of one. */
const MIN_STEP_MS = 0.000_85;

type StreamSettings = Settings & { method: StreamMethod };

/** The state of each series of one stream, by its name. */
export class DetectionStream {
  readonly #maxSeries: number;
  readonly #trackers = new Map<string, SeriesTracker>();
  #settings: StreamSettings | undefined;

  /** @param maxSeries how many series it may hold */
  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries;
  }

  /** How many series it holds. */
  get size(): number {
    return this.#trackers.size;
  }

  /**
   * Resumes series from the window's checkpoints, then judges the new values of its series, and
   * learns from them.
   * @throws RequestError, and then the stream has to end: a part may have been learnt
   */
  judge(window: Window) {
    const settings = this.#settingsOf(window);
    for (const checkpoint of window.checkpoints) this.#resume(checkpoint, settings);
    for (const normal of window.normals) this.#learnNormal(normal, settings);
    const judged = window.series.map((series): Judged => {
      const tracker = this.#trackerOf(series.name, settings);
      return { series, ...tracker.judge(timesOf(series, tracker), series.values) };
    });
    const verdicts = toResponse({ ...window, settings }, judged);
    if (window.checkpointNames.length === 0) return verdicts;
    return { ...verdicts, checkpoints: this.#checkpoints(window.checkpointNames) };
  }

  /** Those of series that the stream does not hold are left out. */
  #checkpoints(names: readonly string[]) {
    return names.flatMap((name) => {
      const tracker = this.#trackers.get(name);
      const state = tracker?.checkpoint();
      if (!tracker || !state) return [];
      return [{ name, state: Buffer.from(state), time: timestampOf(tracker.lastTimeMs) }];
    });
  }

  #resume({ name, state }: Window["checkpoints"][number], settings: StreamSettings): void {
    if (this.#trackers.has(name)) {
      throw new RequestError(
        "invalid",
        `checkpoints: the stream holds the series ${quoted(name)} already: send its checkpoint before its metrics, once`,
      );
    }
    this.#admit(name);
    try {
      this.#trackers.set(name, SeriesTracker.restored(settings, state));
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      throw new RequestError(
        "bad_checkpoint",
        `checkpoints: series ${quoted(name)}: ${error.message}: send the samples that you have instead`,
      );
    }
  }

  #learnNormal(normal: Window["normals"][number], settings: StreamSettings): void {
    const { id, series } = normal;
    const tracker = this.#trackerOf(series.name, settings);
    try {
      if (series.values.length === 0) tracker.forgetNormal(id);
      else tracker.learnNormal(id, series.timesMs, series.values);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RequestError("invalid", `normals: series ${quoted(series.name)}: ${error.message}`);
    }
  }

  #settingsOf({ settings, hasOptions }: Window): StreamSettings {
    if (!isOfStream(settings)) {
      throw new RequestError(
        "invalid",
        `options.method ${settings.method.name} judges whole windows: use Detect, or METHOD_ADAPTIVE`,
      );
    }
    this.#settings ??= settings;
    if (hasOptions && !isDeepStrictEqual(settings, this.#settings)) {
      throw new RequestError(
        "invalid",
        "options differ from those of the stream's first request: leave them out, or open a new stream",
      );
    }
    return this.#settings;
  }

  #trackerOf(name: string, settings: StreamSettings): SeriesTracker {
    const known = this.#trackers.get(name);
    if (known) return known;
    this.#admit(name);
    const tracker = new SeriesTracker(settings);
    this.#trackers.set(name, tracker);
    return tracker;
  }

  /** @throws RequestError when there is no room for one more series */
  #admit(name: string): void {
    if (this.#trackers.size >= this.#maxSeries) {
      throw new RequestError(
        "over_limit",
        `the stream holds ${this.#trackers.size} series, the limit is ${this.#maxSeries} (MAX_STREAM_SERIES): spread them over several streams`,
      );
    }
    const bytes = Buffer.byteLength(name);
    if (bytes > MAX_NAME_BYTES) {
      throw new RequestError(
        "invalid",
        `the name of series ${quoted(name)} has ${bytes} bytes, a stream keeps at most ${MAX_NAME_BYTES}: shorten it`,
      );
    }
  }
}

const isOfStream = (settings: Settings): settings is StreamSettings => "start" in settings.method;

/** The times of a series' new values, which have to be there, and in order. */
function timesOf({ name, timesMs, positions }: WindowSeries, tracker: SeriesTracker): Float64Array {
  let lastTimeMs = tracker.lastTimeMs;
  for (const [at, timeMs] of timesMs.entries()) {
    if (timeMs - lastTimeMs > MIN_STEP_MS) {
      lastTimeMs = timeMs;
      continue;
    }
    const where = `metrics[${positions[at]}].time (series ${quoted(name)})`;
    throw new RequestError(
      "invalid",
      Number.isNaN(timeMs)
        ? `${where} is missing: a stream needs the time of every metric`
        : `${where} is ${iso(timeMs)}, not after the one before it, ${iso(lastTimeMs)}, by a microsecond at least: send each sample once, in order of time`,
    );
  }
  return timesMs;
}

const iso = (timeMs: number): string =>
  Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : `${timeMs} ms`;

/** @see https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
function timestampOf(timeMs: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(timeMs / 1000);
  return { seconds, nanos: Math.round((timeMs - seconds * 1000) * 1e6) };
}
