// Original file: outliers.proto

import type { Direction as _pb_Direction, Direction__Output as _pb_Direction__Output } from '../pb/Direction.ts';

/**
 * Why a value is an outlier.
 */
export interface Explanation {
  /**
   * The position in OutliersRequest.metrics.
   */
  'index'?: (number);
  'score'?: (number | string);
  'expected'?: (number | string);
  'lower'?: (number | string);
  'upper'?: (number | string);
  /**
   * DIRECTION_UP or DIRECTION_DOWN.
   */
  'direction'?: (_pb_Direction);
  /**
   * For people, such as "far from any value seen before".
   */
  'reason'?: (string);
}

/**
 * Why a value is an outlier.
 */
export interface Explanation__Output {
  /**
   * The position in OutliersRequest.metrics.
   */
  'index': (number);
  'score': (number);
  'expected': (number);
  'lower': (number);
  'upper': (number);
  /**
   * DIRECTION_UP or DIRECTION_DOWN.
   */
  'direction': (_pb_Direction__Output);
  /**
   * For people, such as "far from any value seen before".
   */
  'reason': (string);
}
