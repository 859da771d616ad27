// Original file: outliers.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../google/protobuf/Duration.ts';
import type { Direction as _pb_Direction, Direction__Output as _pb_Direction__Output } from '../pb/Direction.ts';
import type { Trigger as _pb_Trigger, Trigger__Output as _pb_Trigger__Output } from '../pb/Trigger.ts';

// Original file: outliers.proto

/**
 * What makes a value an outlier.
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
   * Learns what is normal from the values themselves; see sensitivity. Needs
   * long windows: the first 100 values are never outliers.
   */
  METHOD_ADAPTIVE: 3,
} as const;

/**
 * What makes a value an outlier.
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
   * Learns what is normal from the values themselves; see sensitivity. Needs
   * long windows: the first 100 values are never outliers.
   */
  | 'METHOD_ADAPTIVE'
  | 3

/**
 * What makes a value an outlier.
 */
export type _pb_DetectionOptions_Method__Output = typeof _pb_DetectionOptions_Method[keyof typeof _pb_DetectionOptions_Method]

/**
 * How a window is scored. The zero value of a field means its default.
 */
export interface DetectionOptions {
  'method'?: (_pb_DetectionOptions_Method);
  /**
   * For METHOD_SIGMA and METHOD_MAD: positive and finite, in the method's own
   * unit. 0: the method's default.
   */
  'threshold'?: (number | string);
  /**
   * For METHOD_ADAPTIVE: how many false positives per day to accept on normal
   * data in the long run; an event counts as one. Positive and finite. 0: the
   * default of 0.1.
   */
  'sensitivity'?: (number | string);
  /**
   * For METHOD_ADAPTIVE: the time between two values of a series. If absent: 1 s.
   */
  'sampleInterval'?: (_google_protobuf_Duration | null);
  /**
   * Whether the response has more than indices.
   */
  'includeScores'?: (boolean);
  /**
   * Which outliers count: those above the expected value, those below it, or
   * both, which is the default.
   */
  'direction'?: (_pb_Direction);
  /**
   * Minimum difference between an outlier and the expected value, in the unit of
   * the series. Finite and not negative.
   */
  'minDeviation'?: (number | string);
  /**
   * When outliers count. If absent: always.
   */
  'trigger'?: (_pb_Trigger | null);
  /**
   * The same as a share of the expected value: 0.1 is 10 %. Finite and not
   * negative. If min_deviation is set too, both must be met.
   */
  'minRelativeDeviation'?: (number | string);
  /**
   * For METHOD_ADAPTIVE: the IANA name of the time zone whose days the series
   * follows, such as "Europe/Berlin". If empty: UTC.
   */
  'timeZone'?: (string);
}

/**
 * How a window is scored. The zero value of a field means its default.
 */
export interface DetectionOptions__Output {
  'method': (_pb_DetectionOptions_Method__Output);
  /**
   * For METHOD_SIGMA and METHOD_MAD: positive and finite, in the method's own
   * unit. 0: the method's default.
   */
  'threshold': (number);
  /**
   * For METHOD_ADAPTIVE: how many false positives per day to accept on normal
   * data in the long run; an event counts as one. Positive and finite. 0: the
   * default of 0.1.
   */
  'sensitivity': (number);
  /**
   * For METHOD_ADAPTIVE: the time between two values of a series. If absent: 1 s.
   */
  'sampleInterval': (_google_protobuf_Duration__Output | null);
  /**
   * Whether the response has more than indices.
   */
  'includeScores': (boolean);
  /**
   * Which outliers count: those above the expected value, those below it, or
   * both, which is the default.
   */
  'direction': (_pb_Direction__Output);
  /**
   * Minimum difference between an outlier and the expected value, in the unit of
   * the series. Finite and not negative.
   */
  'minDeviation': (number);
  /**
   * When outliers count. If absent: always.
   */
  'trigger': (_pb_Trigger__Output | null);
  /**
   * The same as a share of the expected value: 0.1 is 10 %. Finite and not
   * negative. If min_deviation is set too, both must be met.
   */
  'minRelativeDeviation': (number);
  /**
   * For METHOD_ADAPTIVE: the IANA name of the time zone whose days the series
   * follows, such as "Europe/Berlin". If empty: UTC.
   */
  'timeZone': (string);
}
