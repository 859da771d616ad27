import type { Window } from "./request.ts";

/** An OutliersResponse: the lists besides indices are there when scores were asked for. */
type Verdicts = { indices: number[]; scores?: number[]; lower?: number[]; upper?: number[] };

/**
 * Judges a window, each series by itself. Pure: any replica gives the same answer.
 * @returns the outliers' positions in the request, ascending; scores and band where asked for
 */
export function detect(window: Window): Verdicts {
  const { series, points, method, options, includeScores } = window;
  const indices: number[] = [];
  const details = includeScores
    ? { scores: filled(points), lower: filled(points), upper: filled(points) }
    : {};
  for (const { values, positions } of series) {
    const judgement = method.judge(values, options);
    for (const at of judgement.outliers) indices.push(positions[at] ?? 0);
    if (!details.scores) continue;
    for (const [at, position] of positions.entries()) {
      details.scores[position] = judgement.score(at);
      details.lower[position] = judgement.lower(at);
      details.upper[position] = judgement.upper(at);
    }
  }
  return { indices: indices.sort((a, b) => a - b), ...details };
}

const filled = (length: number): number[] => Array.from({ length }, () => 0);
