// Original file: outliers.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../google/protobuf/Duration.ts';
import type { Direction as _pb_Direction, Direction__Output as _pb_Direction__Output } from '../pb/Direction.ts';
import type { Trigger as _pb_Trigger, Trigger__Output as _pb_Trigger__Output } from '../pb/Trigger.ts';

// Original file: outliers.proto

/**
 * A rule that tells outliers from the rest.
 */
export const _pb_DetectionOptions_Method = {
  /**
   * The default: METHOD_SIGMA for Detect, METHOD_ADAPTIVE for DetectStream.
   */
  METHOD_UNSPECIFIED: 0,
  /**
   * |x - mean| > threshold * population standard deviation. Default 2.
   */
  METHOD_SIGMA: 1,
  /**
   * |modified z-score| > threshold (Iglewicz and Hoaglin, 1993). Default 3.5.
   */
  METHOD_MAD: 2,
  /**
   * Learns what is normal while it goes through the window; see sensitivity.
   * Wants long windows: the first 100 values are never outliers.
   */
  METHOD_ADAPTIVE: 3,
} as const;

/**
 * A rule that tells outliers from the rest.
 */
export type _pb_DetectionOptions_Method =
  /**
   * The default: METHOD_SIGMA for Detect, METHOD_ADAPTIVE for DetectStream.
   */
  | 'METHOD_UNSPECIFIED'
  | 0
  /**
   * |x - mean| > threshold * population standard deviation. Default 2.
   */
  | 'METHOD_SIGMA'
  | 1
  /**
   * |modified z-score| > threshold (Iglewicz and Hoaglin, 1993). Default 3.5.
   */
  | 'METHOD_MAD'
  | 2
  /**
   * Learns what is normal while it goes through the window; see sensitivity.
   * Wants long windows: the first 100 values are never outliers.
   */
  | 'METHOD_ADAPTIVE'
  | 3

/**
 * A rule that tells outliers from the rest.
 */
export type _pb_DetectionOptions_Method__Output = typeof _pb_DetectionOptions_Method[keyof typeof _pb_DetectionOptions_Method]

/**
 * How a window is judged. Every field's zero value means the default.
 */
export interface DetectionOptions {
  'method'?: (_pb_DetectionOptions_Method);
  /**
   * Of METHOD_SIGMA and METHOD_MAD: positive and finite, in the method's own
   * unit; 0: the method's default.
   */
  'threshold'?: (number | string);
  /**
   * Of METHOD_ADAPTIVE: how many false alarms per day to expect on normal data
   * in the long run. Positive and finite; 0: the default of 0.1.
   */
  'sensitivity'?: (number | string);
  /**
   * Of METHOD_ADAPTIVE: the time between two values of a series. Absent: 1 s.
   */
  'sampleInterval'?: (_google_protobuf_Duration | null);
  /**
   * Whether the response holds more than indices.
   */
  'includeScores'?: (boolean);
  /**
   * Which outliers count: those above what is expected, below it, or both, the
   * default.
   */
  'direction'?: (_pb_Direction);
  /**
   * What an outlier must differ by from what is expected, in the unit of the
   * series. At least 0 and finite.
   */
  'minDeviation'?: (number | string);
  /**
   * When outliers count: absent, each of them.
   */
  'trigger'?: (_pb_Trigger | null);
  /**
   * What an outlier must differ by from what is expected, as a share of it: 0.1
   * is 10 %. At least 0 and finite. With min_deviation, both must hold.
   */
  'minRelativeDeviation'?: (number | string);
}

/**
 * How a window is judged. Every field's zero value means the default.
 */
export interface DetectionOptions__Output {
  'method': (_pb_DetectionOptions_Method__Output);
  /**
   * Of METHOD_SIGMA and METHOD_MAD: positive and finite, in the method's own
   * unit; 0: the method's default.
   */
  'threshold': (number);
  /**
   * Of METHOD_ADAPTIVE: how many false alarms per day to expect on normal data
   * in the long run. Positive and finite; 0: the default of 0.1.
   */
  'sensitivity': (number);
  /**
   * Of METHOD_ADAPTIVE: the time between two values of a series. Absent: 1 s.
   */
  'sampleInterval': (_google_protobuf_Duration__Output | null);
  /**
   * Whether the response holds more than indices.
   */
  'includeScores': (boolean);
  /**
   * Which outliers count: those above what is expected, below it, or both, the
   * default.
   */
  'direction': (_pb_Direction__Output);
  /**
   * What an outlier must differ by from what is expected, in the unit of the
   * series. At least 0 and finite.
   */
  'minDeviation': (number);
  /**
   * When outliers count: absent, each of them.
   */
  'trigger': (_pb_Trigger__Output | null);
  /**
   * What an outlier must differ by from what is expected, as a share of it: 0.1
   * is 10 %. At least 0 and finite. With min_deviation, both must hold.
   */
  'minRelativeDeviation': (number);
}
