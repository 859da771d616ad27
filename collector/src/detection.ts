import type { DetectorClient } from "@outliers/client/detector-client";
import { type MethodName, methods } from "@outliers/detection/methods";
import { type DetectionOptions, Direction, Method } from "@outliers/proto";
import { DetectionGroup, type GroupContext } from "./detection-group.ts";
import { STREAM_CAPACITY, streamRequester, windowRequester } from "./requester.ts";
import type { Series, SeriesDescription } from "./series.ts";

export type DetectionSettings = {
  method: MethodName;
  threshold: number;
  sensitivity: number;
  trigger: { k: number; n: number };
  /** The time zone whose days the series follow. */
  timeZone: string;
  /** For methods that score whole windows: the window's length, and how many samples it needs. */
  window: number;
  minSamples: number;
  /** The minimum time between two detections of a series. */
  detectIntervalMs: number;
};

/** Has the samples of every series scored. */
export type Detection = {
  add(series: Series): void;
  remove(series: Series): void;
  /** Call when these series have new samples, taken at a tick of their source. */
  onSamples(series: Iterable<Series>, tickMs: number): void;
  /** Has the new samples of these series scored now. */
  detect(series: Iterable<Series>): void;
  /** Opens new streams, as after the clock was set back. */
  restart(): void;
  /** The gRPC status code of the groups' last detections: OK only if all succeeded. */
  lastCode(): string | undefined;
  /** The series that the detector has refused. */
  setAside(): readonly Series[];
};

/** Few compared with what a replica holds, so that replicas share the work of one collector. */
const MAX_SERIES_PER_GROUP = 200;

const directions = {
  both: Direction.DIRECTION_BOTH,
  up: Direction.DIRECTION_UP,
  down: Direction.DIRECTION_DOWN,
} as const;

/** How many samples of each series the method needs. */
export const capacityOf = ({ method, window }: DetectionSettings): number =>
  isStreaming(method) ? STREAM_CAPACITY : window;

/** Whether the method has a state, which can learn what was normal. */
export const isStreaming = (method: MethodName): boolean => "start" in methods[method];

/** How many samples of the past a new series can be taught: a window, or weeks. */
export const pastSamplesOf = ({ method, window }: DetectionSettings): number =>
  isStreaming(method) ? Number.POSITIVE_INFINITY : window - 1;

/** One stream for each group of series with the same options. */
export function createDetection(
  settings: DetectionSettings,
  client: DetectorClient,
  onStream: () => void,
  context: GroupContext,
): Detection {
  type Entry = { group: DetectionGroup; lastTickMs: number };
  const entriesByOptions = new Map<string, Entry[]>();
  const entryOf = new Map<Series, Entry>();
  const all = (): Entry[] => [...entriesByOptions.values()].flat();

  let isWarned = false;

  function warnOfFirstContract(): void {
    if (isWarned) return;
    isWarned = true;
    context.logger.warn(
      "the detector knows only the first version of the contract: it detects outliers, but there are no scores, bands or reasons",
    );
  }

  function newEntry(options: DetectionOptions): Entry {
    const requester = isStreaming(settings.method)
      ? streamRequester(client, options, onStream, context.normals)
      : windowRequester(client, options, settings.window, settings.minSamples, warnOfFirstContract);
    return {
      group: new DetectionGroup(requester, context),
      lastTickMs: Number.NEGATIVE_INFINITY,
    };
  }

  return {
    add(series) {
      const options = wireOptions(settings, series.description);
      const key = JSON.stringify(options);
      const entries = entriesByOptions.get(key) ?? [];
      entriesByOptions.set(key, entries);
      let entry = entries.find(({ group }) => group.series.size < MAX_SERIES_PER_GROUP);
      if (!entry) {
        entry = newEntry(options);
        entries.push(entry);
      }
      entry.group.series.add(series);
      entryOf.set(series, entry);
    },
    remove(series) {
      const entry = entryOf.get(series);
      entry?.group.series.delete(series);
      entry?.group.setAside.delete(series);
      entryOf.delete(series);
      if (!entry || entry.group.series.size > 0 || entry.group.setAside.size > 0) return;
      // Its stream would count against the detector's limits until it has been idle for long.
      entry.group.restart();
      for (const [key, entries] of entriesByOptions) {
        const others = entries.filter((other) => other !== entry);
        if (others.length > 0) entriesByOptions.set(key, others);
        else entriesByOptions.delete(key);
      }
    },
    onSamples(series, tickMs) {
      for (const entry of new Set([...series].map((one) => entryOf.get(one)))) {
        if (!entry) continue;
        // Absolute, so that a clock that was set back doesn't delay the next detection.
        const sinceMs = Math.abs(tickMs - entry.lastTickMs);
        if (sinceMs > 0 && sinceMs < settings.detectIntervalMs) continue;
        entry.lastTickMs = tickMs;
        entry.group.detect();
      }
    },
    detect(series) {
      for (const entry of new Set([...series].map((one) => entryOf.get(one))))
        entry?.group.detect();
    },
    restart() {
      for (const { group } of all()) group.restart();
    },
    lastCode() {
      const codes = all().flatMap(({ group }) => group.lastCode ?? []);
      return codes.find((code) => code !== "OK") ?? codes[0];
    },
    setAside: () => all().flatMap(({ group }) => [...group.setAside]),
  };
}

function wireOptions(settings: DetectionSettings, series: SeriesDescription): DetectionOptions {
  const name = settings.method.toUpperCase() as Uppercase<MethodName>;
  return {
    method: Method[`METHOD_${name}`],
    threshold: settings.threshold,
    sensitivity: series.sensitivity ?? settings.sensitivity,
    sampleInterval: {
      seconds: Math.floor(series.intervalMs / 1000),
      nanos: Math.round((series.intervalMs % 1000) * 1e6),
    },
    includeScores: true,
    direction: directions[series.direction],
    minDeviation: series.minDeviation,
    minRelativeDeviation: series.minRelativeDeviation,
    trigger: settings.trigger,
    timeZone: settings.timeZone,
  };
}
