import type { Normal } from "./normals.ts";

/** The side of what is expected on which outliers count. */
export type Direction = "both" | "up" | "down";

/** How to judge; 0 asks for the method's default. Each method takes what it knows. */
export type Options = {
  threshold: number;
  sensitivity: number;
  sampleIntervalMs: number;
  direction: Direction;
  /** What an outlier differs by at least from what is expected, in the series' unit. */
  minDeviation: number;
  /** The same as a share of what is expected. */
  minRelativeDeviation?: number;
  /** What the series can't be below or above: the band ends there. */
  minimum?: number;
  maximum?: number;
  /** IANA name of the time zone whose days the series follows; UTC if there is none. */
  timeZone?: string;
};

/** `warming_up`: too few values to judge by; `constant`: no two of them differ; else `ready`. */
export type State = "warming_up" | "constant" | "ready";

/** The verdicts on the values of a series, by their positions. */
export type Judgement = {
  /** Positions of the outliers, ascending. */
  outliers: number[];
  /** After the last value. */
  state: State;
  /** Above 1 for an outlier, at most 1 for any other value. */
  score(position: number): number;
  /** What would be expected most there, and the least and the greatest that would be expected. */
  expected(position: number): number;
  lower(position: number): number;
  upper(position: number): number;
  /** Of an outlier: why it is one, for people. */
  reason(position: number): string;
};

/** Tells the outliers of a window from the rest, by the window alone. */
export type WindowMethod = {
  /** Its name in settings, logs and metrics. */
  name: string;
  /** @param values a series in order of time, each value finite */
  judge(values: Float64Array, options: Options): Judgement;
};

/** Learns a series as it grows. */
export type StreamMethod = {
  name: string;
  /** The state of a new series. */
  start(options: Options): SeriesDetector;
  /**
   * The state that a checkpoint was taken of.
   * @throws {CheckpointError} when it is damaged, or made with other options
   */
  restore(options: Options, checkpoint: Uint8Array): SeriesDetector;
};

export type Method = WindowMethod | StreamMethod;

/** What has been learnt of one series. */
export type SeriesDetector = {
  /** The time between two samples, as it is measured. */
  readonly intervalMs: number;
  /** What somebody has called normal. */
  readonly normals: readonly Normal[];
  /**
   * Judges the next values, and learns from them.
   * @param timesMs when each was sampled, since the Unix epoch, rising
   * @param values finite
   */
  judge(timesMs: Float64Array, values: Float64Array): Judgement;
  /** All that was learnt, for `StreamMethod.restore`. */
  checkpoint(): Uint8Array;
  /**
   * Takes a stretch of the series as normal from now on, until it is taken back.
   * @param id replaces what was learnt by this id before
   * @throws {RangeError} when there are too many, or the id is too long
   */
  learnNormal(id: string, timesMs: Float64Array, values: Float64Array): void;
  /** @returns whether something had been learnt by this id */
  forgetNormal(id: string): boolean;
};

/** Whether a value lies on the side and at the distance that are asked for. */
export function counts(
  value: number,
  expected: number,
  {
    direction,
    minDeviation,
    minRelativeDeviation = 0,
  }: Pick<Options, "direction" | "minDeviation" | "minRelativeDeviation">,
): boolean {
  const deviation = value - expected;
  if (direction === "up" && deviation <= 0) return false;
  if (direction === "down" && deviation >= 0) return false;
  return Math.abs(deviation) >= Math.max(minDeviation, minRelativeDeviation * Math.abs(expected));
}

/** A band's end within what the series can be. */
export function possible(
  value: number,
  {
    minimum = Number.NEGATIVE_INFINITY,
    maximum = Number.POSITIVE_INFINITY,
  }: Pick<Options, "minimum" | "maximum">,
): number {
  return Math.min(maximum, Math.max(minimum, value));
}

/**
 * The score of an outlier or of another value: rounding may not take it to the other side of 1.
 * @param quotient what is measured over its limit; NaN, as of 0 / 0, is nothing out of the ordinary
 */
export function scoreOf(quotient: number, isOutlier: boolean): number {
  return isOutlier ? Math.max(quotient, 1 + Number.EPSILON) : Math.min(quotient || 0, 1);
}
