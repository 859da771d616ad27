// Original file: outliers.proto

import type { Explanation as _pb_Explanation, Explanation__Output as _pb_Explanation__Output } from '../pb/Explanation.ts';
import type { SeriesState as _pb_SeriesState, SeriesState__Output as _pb_SeriesState__Output } from '../pb/SeriesState.ts';

export interface OutliersResponse {
  /**
   * Positions in OutliersRequest.metrics of the outliers, ascending, from 0.
   */
  'indices'?: (number)[];
  /**
   * With include_scores, one for each of OutliersRequest.metrics, in order:
   * the score, above 1 for outliers and at most 1 for the rest, whatever the
   * method;
   */
  'scores'?: (number | string)[];
  /**
   * the least value that would be expected at this place;
   */
  'lower'?: (number | string)[];
  /**
   * the greatest;
   */
  'upper'?: (number | string)[];
  /**
   * and the one expected most.
   */
  'expected'?: (number | string)[];
  /**
   * With include_scores, one for each of indices, in order.
   */
  'explanations'?: (_pb_Explanation)[];
  /**
   * With include_scores, the series of the request, in order of their first
   * metrics in it.
   */
  'series'?: (_pb_SeriesState)[];
}

export interface OutliersResponse__Output {
  /**
   * Positions in OutliersRequest.metrics of the outliers, ascending, from 0.
   */
  'indices': (number)[];
  /**
   * With include_scores, one for each of OutliersRequest.metrics, in order:
   * the score, above 1 for outliers and at most 1 for the rest, whatever the
   * method;
   */
  'scores': (number)[];
  /**
   * the least value that would be expected at this place;
   */
  'lower': (number)[];
  /**
   * the greatest;
   */
  'upper': (number)[];
  /**
   * and the one expected most.
   */
  'expected': (number)[];
  /**
   * With include_scores, one for each of indices, in order.
   */
  'explanations': (_pb_Explanation__Output)[];
  /**
   * With include_scores, the series of the request, in order of their first
   * metrics in it.
   */
  'series': (_pb_SeriesState__Output)[];
}
