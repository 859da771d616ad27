// Original file: outliers.proto

import type { Explanation as _pb_Explanation, Explanation__Output as _pb_Explanation__Output } from '../pb/Explanation.ts';
import type { SeriesState as _pb_SeriesState, SeriesState__Output as _pb_SeriesState__Output } from '../pb/SeriesState.ts';
import type { Checkpoint as _pb_Checkpoint, Checkpoint__Output as _pb_Checkpoint__Output } from '../pb/Checkpoint.ts';

export interface OutliersResponse {
  /**
   * Positions of the outliers in OutliersRequest.metrics, ascending, from 0.
   */
  'indices'?: (number)[];
  /**
   * With include_scores, the score of each of OutliersRequest.metrics, in order.
   * It is above 1 for outliers and at most 1 for other values, whatever the
   * method.
   */
  'scores'?: (number | string)[];
  /**
   * With include_scores, the lower bound of the values expected for each metric.
   */
  'lower'?: (number | string)[];
  /**
   * With include_scores, the upper bound.
   */
  'upper'?: (number | string)[];
  /**
   * With include_scores, the value expected for each metric.
   */
  'expected'?: (number | string)[];
  /**
   * With include_scores, an explanation of each of indices, in order.
   */
  'explanations'?: (_pb_Explanation)[];
  /**
   * With include_scores, the series of the request, in order of their first
   * metrics.
   */
  'series'?: (_pb_SeriesState)[];
  /**
   * The checkpoints that were requested.
   */
  'checkpoints'?: (_pb_Checkpoint)[];
}

export interface OutliersResponse__Output {
  /**
   * Positions of the outliers in OutliersRequest.metrics, ascending, from 0.
   */
  'indices': (number)[];
  /**
   * With include_scores, the score of each of OutliersRequest.metrics, in order.
   * It is above 1 for outliers and at most 1 for other values, whatever the
   * method.
   */
  'scores': (number)[];
  /**
   * With include_scores, the lower bound of the values expected for each metric.
   */
  'lower': (number)[];
  /**
   * With include_scores, the upper bound.
   */
  'upper': (number)[];
  /**
   * With include_scores, the value expected for each metric.
   */
  'expected': (number)[];
  /**
   * With include_scores, an explanation of each of indices, in order.
   */
  'explanations': (_pb_Explanation__Output)[];
  /**
   * With include_scores, the series of the request, in order of their first
   * metrics.
   */
  'series': (_pb_SeriesState__Output)[];
  /**
   * The checkpoints that were requested.
   */
  'checkpoints': (_pb_Checkpoint__Output)[];
}
