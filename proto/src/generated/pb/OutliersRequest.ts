// Original file: outliers.proto

import type { Metric as _pb_Metric, Metric__Output as _pb_Metric__Output } from '../pb/Metric.ts';
import type { DetectionOptions as _pb_DetectionOptions, DetectionOptions__Output as _pb_DetectionOptions__Output } from '../pb/DetectionOptions.ts';

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
}
