// Original file: outliers.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../google/protobuf/Timestamp.ts';

/**
 * The state of a series: opaque, a few KiB, without metrics.
 */
export interface Checkpoint {
  /**
   * The series.
   */
  'name'?: (string);
  'state'?: (Buffer | Uint8Array | string);
  /**
   * The time of the last metric that it includes.
   */
  'time'?: (_google_protobuf_Timestamp | null);
}

/**
 * The state of a series: opaque, a few KiB, without metrics.
 */
export interface Checkpoint__Output {
  /**
   * The series.
   */
  'name': (string);
  'state': (Buffer);
  /**
   * The time of the last metric that it includes.
   */
  'time': (_google_protobuf_Timestamp__Output | null);
}
