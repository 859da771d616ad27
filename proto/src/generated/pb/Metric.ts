// Original file: outliers.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../google/protobuf/Timestamp.ts';

/**
 * One sample of one series.
 */
export interface Metric {
  'time'?: (_google_protobuf_Timestamp | null);
  /**
   * The series that the sample belongs to.
   */
  'name'?: (string);
  /**
   * Finite.
   */
  'value'?: (number | string);
}

/**
 * One sample of one series.
 */
export interface Metric__Output {
  'time': (_google_protobuf_Timestamp__Output | null);
  /**
   * The series that the sample belongs to.
   */
  'name': (string);
  /**
   * Finite.
   */
  'value': (number);
}
