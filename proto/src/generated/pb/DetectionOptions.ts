// Original file: outliers.proto


// Original file: outliers.proto

/**
 * A rule that tells outliers from the rest.
 */
export const _pb_DetectionOptions_Method = {
  /**
   * The default: METHOD_SIGMA.
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
} as const;

/**
 * A rule that tells outliers from the rest.
 */
export type _pb_DetectionOptions_Method =
  /**
   * The default: METHOD_SIGMA.
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
 * A rule that tells outliers from the rest.
 */
export type _pb_DetectionOptions_Method__Output = typeof _pb_DetectionOptions_Method[keyof typeof _pb_DetectionOptions_Method]

/**
 * How a window is judged. Every field's zero value means the default.
 */
export interface DetectionOptions {
  'method'?: (_pb_DetectionOptions_Method);
  /**
   * Positive and finite, in the method's own unit; 0: the method's default.
   */
  'threshold'?: (number | string);
}

/**
 * How a window is judged. Every field's zero value means the default.
 */
export interface DetectionOptions__Output {
  'method': (_pb_DetectionOptions_Method__Output);
  /**
   * Positive and finite, in the method's own unit; 0: the method's default.
   */
  'threshold': (number);
}
