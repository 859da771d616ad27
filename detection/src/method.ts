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
  /** The same as a share of what is expected; both must hold. */
  minRelativeDeviation: number;
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
};

export type Method = WindowMethod | StreamMethod;

/** What has been learnt of one series. */
export type SeriesDetector = {
  /**
   * Judges the next values, and learns from them.
   * @param timesMs when each was sampled, since the Unix epoch, rising
   * @param values finite
   */
  judge(timesMs: Float64Array, values: Float64Array): Judgement;
};

/** Whether a value lies on the side and at the distance that are asked for. */
export function counts(
  value: number,
  expected: number,
  {
    direction,
    minDeviation,
    minRelativeDeviation,
  }: Pick<Options, "direction" | "minDeviation" | "minRelativeDeviation">,
): boolean {
  const deviation = value - expected;
  if (direction === "up" && deviation <= 0) return false;
  if (direction === "down" && deviation >= 0) return false;
  return Math.abs(deviation) >= Math.max(minDeviation, minRelativeDeviation * Math.abs(expected));
}

/**
 * The score of an outlier or of another value: rounding may not take it to the other side of 1.
 * @param quotient what is measured over its limit; NaN, as of 0 / 0, is nothing out of the ordinary
 */
export function scoreOf(quotient: number, isOutlier: boolean): number {
  return isOutlier ? Math.max(quotient, 1 + Number.EPSILON) : Math.min(quotient || 0, 1);
}
