import { isDeepStrictEqual } from "node:util";
import { Events } from "@outliers/detection/event";
import type { SeriesDetector, StreamMethod } from "@outliers/detection/method";
import { Trigger } from "@outliers/detection/trigger";
import { quoted, RequestError } from "./errors.ts";
import { type Judged, toResponse } from "./verdicts.ts";
import type { Settings, Window, WindowSeries } from "./window.ts";

/** A stream's memory is bounded by its series; so their names are, too. */
const MAX_NAME_BYTES = 1024;

/** Times are told apart by microseconds: doubles of milliseconds since 1970 have a quarter of one. */
const MIN_STEP_MS = 0.000_85;

/** What a stream has learnt of one series. */
type Memory = {
  detector: SeriesDetector;
  trigger: Trigger;
  events: Events;
  lastTimeMs: number;
};

type StreamSettings = Settings & { method: StreamMethod };

/** The state of each series of one stream, by its name. */
export class DetectionStream {
  readonly #maxSeries: number;
  readonly #memories = new Map<string, Memory>();
  #settings: StreamSettings | undefined;

  /** @param maxSeries how many series it may hold */
  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries;
  }

  /** How many series it holds. */
  get size(): number {
    return this.#memories.size;
  }

  /**
   * Judges the new values of the window's series, and learns from them.
   * @throws RequestError, and then the stream has to end: a part may have been learnt
   */
  judge(window: Window) {
    const settings = this.#settingsOf(window);
    const judged = window.series.map((series): Judged => {
      const memory = this.#memoryOf(series, settings);
      const { length } = series.values;
      const judgement = memory.detector.judge(timesOf(series, memory), series.values);
      const outliers = memory.trigger.filter(judgement.outliers, length);
      const phases = memory.events.push(outliers, length);
      return { series, judgement, outliers, phases, isEventOpen: memory.events.isOpen };
    });
    return toResponse({ ...window, settings }, judged);
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

  #memoryOf({ name }: WindowSeries, { method, options, trigger }: StreamSettings): Memory {
    const known = this.#memories.get(name);
    if (known) return known;
    if (this.#memories.size >= this.#maxSeries) {
      throw new RequestError(
        "over_limit",
        `the stream holds ${this.#memories.size} series, the limit is ${this.#maxSeries} (MAX_STREAM_SERIES): spread them over several streams`,
      );
    }
    const bytes = Buffer.byteLength(name);
    if (bytes > MAX_NAME_BYTES) {
      throw new RequestError(
        "invalid",
        `the name of series ${quoted(name)} has ${bytes} bytes, a stream keeps at most ${MAX_NAME_BYTES}: shorten it`,
      );
    }
    const memory = {
      detector: method.start(options),
      trigger: new Trigger(trigger),
      events: new Events(),
      lastTimeMs: Number.NEGATIVE_INFINITY,
    };
    this.#memories.set(name, memory);
    return memory;
  }
}

const isOfStream = (settings: Settings): settings is StreamSettings => "start" in settings.method;

/** The times of a series' new values, which have to be there, and in order. */
function timesOf({ name, timesMs, positions }: WindowSeries, memory: Memory): Float64Array {
  for (const [at, timeMs] of timesMs.entries()) {
    if (timeMs - memory.lastTimeMs > MIN_STEP_MS) {
      memory.lastTimeMs = timeMs;
      continue;
    }
    const where = `metrics[${positions[at]}].time (series ${quoted(name)})`;
    throw new RequestError(
      "invalid",
      Number.isNaN(timeMs)
        ? `${where} is missing: a stream needs the time of every metric`
        : `${where} is ${iso(timeMs)}, not after the one before it, ${iso(memory.lastTimeMs)}, by a microsecond at least: send each sample once, in order of time`,
    );
  }
  return timesMs;
}

const iso = (timeMs: number): string =>
  Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : `${timeMs} ms`;
