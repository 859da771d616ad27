import type { Judgement } from "@outliers/detection/method";
import type { Sample } from "../sample.ts";

/** What a plot shows of consecutive samples that share a column of its pixels. */
export type Column = {
  firstMs: number;
  lastMs: number;
  min: number;
  minMs: number;
  max: number;
  maxMs: number;
  lower: number;
  upper: number;
  score: number;
  /** The outlier of the highest score, if there is one. */
  outlier: { timeMs: number; value: number; score: number } | undefined;
};

/** About a screen's pixels, so that what is left out could not have been seen. */
const MAX_COLUMNS = 2000;

type Verdicts = Pick<Judgement, "outliers" | "score" | "lower" | "upper">;

/**
 * The samples of one series as at most 2000 columns with the minimum and the maximum of each:
 * when there are more, neighbours become one, so memory does not grow with the samples.
 */
export class Columns {
  #columns: Column[] = [];
  #samplesPerColumn = 1;
  #inLast = 0;

  /** @param verdicts on the samples */
  push(samples: readonly Sample[], { outliers, score, lower, upper }: Verdicts): void {
    const isOutlier = new Set(outliers);
    for (const [at, { timeMs, value }] of samples.entries()) {
      this.#push({
        firstMs: timeMs,
        lastMs: timeMs,
        min: value,
        minMs: timeMs,
        max: value,
        maxMs: timeMs,
        lower: lower(at),
        upper: upper(at),
        score: score(at),
        outlier: isOutlier.has(at) ? { timeMs, value, score: score(at) } : undefined,
      });
    }
  }

  #push(column: Column): void {
    const last = this.#columns.at(-1);
    if (last && this.#inLast < this.#samplesPerColumn) {
      this.#columns[this.#columns.length - 1] = merged(last, column);
      this.#inLast += 1;
      return;
    }
    if (this.#columns.length === MAX_COLUMNS) {
      this.#columns = pairs(this.#columns);
      this.#samplesPerColumn *= 2;
    }
    this.#columns.push(column);
    this.#inLast = 1;
  }

  /** In order of time. */
  get all(): readonly Column[] {
    return this.#columns;
  }
}

function merged(a: Column, b: Column): Column {
  const [low, high] = [b.min < a.min ? b : a, b.max > a.max ? b : a];
  const isMore =
    b.outlier !== undefined && (a.outlier === undefined || b.outlier.score > a.outlier.score);
  return {
    firstMs: a.firstMs,
    lastMs: b.lastMs,
    min: low.min,
    minMs: low.minMs,
    max: high.max,
    maxMs: high.maxMs,
    lower: Math.min(a.lower, b.lower),
    upper: Math.max(a.upper, b.upper),
    score: Math.max(a.score, b.score),
    outlier: isMore ? b.outlier : a.outlier,
  };
}

function pairs(columns: readonly Column[]): Column[] {
  const half: Column[] = [];
  for (let at = 0; at < columns.length; at += 2) {
    const [a, b] = [columns[at], columns[at + 1]];
    if (a) half.push(b ? merged(a, b) : a);
  }
  return half;
}
