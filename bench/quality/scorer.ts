import type { LabelledWindow, Series } from "./corpus.ts";

/** What a hit, a false alarm and a miss are worth in an application profile. */
type Profile = {
  name: string;
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
};

/** @see NAB, config/profiles.json */
const profiles: readonly Profile[] = [
  { name: "standard", truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  { name: "low FP", truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  { name: "low FN", truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
];

/** The value of a detection by its place: −1 is the start of a window, 0 its end, above 0 behind it. */
export function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/** A row that may be detected: its anomaly score, its window if any, its value before weighting. */
type Row = { score: number; window: number; value: number };

function rowsOf(series: Series, scores: Float64Array, windowOffset: number): Row[] {
  const rows: Row[] = [];
  for (let row = series.probation; row < scores.length; row++) {
    const inside = series.windows.findIndex(({ first, last }) => first <= row && row <= last);
    const window = series.windows[inside];
    const value = window ? insideValue(row, window) : outsideValue(row, series.windows);
    rows.push({ score: scores[row] ?? 0, window: window ? windowOffset + inside : -1, value });
  }
  return rows;
}

/** From 1 at the first row of a window down to almost 0 at its last. */
function insideValue(row: number, { first, last }: LabelledWindow): number {
  return scaledSigmoid(-(last - row + 1) / (last - first + 1)) / scaledSigmoid(-1);
}

/** From 0 right behind a window down to −1, which is also the value before any window. */
function outsideValue(row: number, windows: readonly LabelledWindow[]): number {
  const previous = windows.findLast(({ last }) => last < row);
  if (!previous) return -1;
  return scaledSigmoid((row - previous.last) / (previous.last - previous.first));
}

export type ProfileScore = { profile: string; score: number; threshold: number };

/**
 * Scores a detector by the rules of the Numenta Anomaly Benchmark: one threshold for the whole
 * corpus, the one that serves the profile best; 0 is a detector that says nothing, 100 a perfect one.
 * @param scores the anomaly scores of each series, row by row
 * @see Lavin and Ahmad (2015), Evaluating Real-time Anomaly Detection Algorithms, arXiv:1510.03336
 */
export function scoreCorpus(
  corpus: readonly Series[],
  scores: readonly Float64Array[],
): ProfileScore[] {
  const rows: Row[] = [];
  let windows = 0;
  for (const [index, series] of corpus.entries()) {
    rows.push(...rowsOf(series, scores[index] ?? new Float64Array(), windows));
    windows += series.windows.length;
  }
  rows.sort((a, b) => b.score - a.score);
  return profiles.map((profile) => bestThreshold(rows, windows, profile));
}

function bestThreshold(rows: readonly Row[], windows: number, profile: Profile): ProfileScore {
  const silent = -profile.falseNegative * windows;
  const perfect = profile.truePositive * windows;
  const credited = new Float64Array(windows).fill(-profile.falseNegative);
  let total = silent;
  let best = { raw: silent, threshold: Number.POSITIVE_INFINITY };
  for (const [index, { score, window, value }] of rows.entries()) {
    if (window < 0) total += profile.falsePositive * value;
    else {
      const before = credited[window] ?? 0;
      const credit = Math.max(before, profile.truePositive * value);
      credited[window] = credit;
      total += credit - before;
    }
    // A threshold takes every row of its score.
    if (rows[index + 1]?.score !== score && total > best.raw)
      best = { raw: total, threshold: score };
  }
  const score = (100 * (best.raw - silent)) / (perfect - silent);
  return { profile: profile.name, score, threshold: best.threshold };
}
