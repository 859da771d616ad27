import type { Window } from "./request.ts";

/**
 * Judges a window, each series by itself. Pure: any replica gives the same answer.
 * @returns the outliers' positions in the request, ascending
 */
export function detect({ series, method, threshold }: Window): number[] {
  return series
    .flatMap(({ values, positions }) =>
      method.detect(values, threshold).map((at) => positions[at] ?? 0),
    )
    .sort((a, b) => a - b);
}
