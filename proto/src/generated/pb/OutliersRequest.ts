// Original file: outliers.proto

import type { Metric as _pb_Metric, Metric__Output as _pb_Metric__Output } from '../pb/Metric.ts';
import type { DetectionOptions as _pb_DetectionOptions, DetectionOptions__Output as _pb_DetectionOptions__Output } from '../pb/DetectionOptions.ts';
import type { Checkpoint as _pb_Checkpoint, Checkpoint__Output as _pb_Checkpoint__Output } from '../pb/Checkpoint.ts';
import type { Normal as _pb_Normal, Normal__Output as _pb_Normal__Output } from '../pb/Normal.ts';

/**
 * A window of metrics. Metrics with different names are different series, each
 * scored by itself. Within a series, metrics are in order of time.
 */
export interface OutliersRequest {
  'metrics'?: (_pb_Metric)[];
  /**
   * How to score. If absent: the sigma method with its default threshold.
   */
  'options'?: (_pb_DetectionOptions | null);
  /**
   * The fields below are for DetectStream, and apply before metrics are scored.
   * 
   * The states from which series that are new to the stream continue.
   */
  'checkpoints'?: (_pb_Checkpoint)[];
  /**
   * What a person has marked as normal: it is not an outlier from now on.
   */
  'normals'?: (_pb_Normal)[];
  /**
   * The names of series whose checkpoints to return, as of after the request's
   * metrics. Names that the stream doesn't know are ignored.
   */
  'checkpointNames'?: (string)[];
}

/**
 * A window of metrics. Metrics with different names are different series, each
 * scored by itself. Within a series, metrics are in order of time.
 */
export interface OutliersRequest__Output {
  'metrics': (_pb_Metric__Output)[];
  /**
   * How to score. If absent: the sigma method with its default threshold.
   */
  'options': (_pb_DetectionOptions__Output | null);
  /**
   * The fields below are for DetectStream, and apply before metrics are scored.
   * 
   * The states from which series that are new to the stream continue.
   */
  'checkpoints': (_pb_Checkpoint__Output)[];
  /**
   * What a person has marked as normal: it is not an outlier from now on.
   */
  'normals': (_pb_Normal__Output)[];
  /**
   * The names of series whose checkpoints to return, as of after the request's
   * metrics. Names that the stream doesn't know are ignored.
   */
  'checkpointNames': (string)[];
}
