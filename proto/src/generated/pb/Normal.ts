// Original file: outliers.proto

import type { Metric as _pb_Metric, Metric__Output as _pb_Metric__Output } from '../pb/Metric.ts';

/**
 * A part of a series that a person has marked as normal.
 */
export interface Normal {
  /**
   * 1 to 64 characters. Replaces an earlier one with the same id.
   */
  'id'?: (string);
  /**
   * The series.
   */
  'name'?: (string);
  /**
   * The metrics of that part, in order of time; their names are ignored. If there
   * are none, what was marked with this id no longer counts as normal.
   */
  'metrics'?: (_pb_Metric)[];
}

/**
 * A part of a series that a person has marked as normal.
 */
export interface Normal__Output {
  /**
   * 1 to 64 characters. Replaces an earlier one with the same id.
   */
  'id': (string);
  /**
   * The series.
   */
  'name': (string);
  /**
   * The metrics of that part, in order of time; their names are ignored. If there
   * are none, what was marked with this id no longer counts as normal.
   */
  'metrics': (_pb_Metric__Output)[];
}
