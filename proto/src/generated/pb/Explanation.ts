// Original file: outliers.proto

import type { Direction as _pb_Direction, Direction__Output as _pb_Direction__Output } from '../pb/Direction.ts';
import type { EventPhase as _pb_EventPhase, EventPhase__Output as _pb_EventPhase__Output } from '../pb/EventPhase.ts';

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
   * A text for people, such as "far from any value seen before".
   */
  'reason'?: (string);
  /**
   * Whether its event begins with it or continues.
   */
  'event'?: (_pb_EventPhase);
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
   * A text for people, such as "far from any value seen before".
   */
  'reason': (string);
  /**
   * Whether its event begins with it or continues.
   */
  'event': (_pb_EventPhase__Output);
}
