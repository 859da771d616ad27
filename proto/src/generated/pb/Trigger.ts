// Original file: outliers.proto


/**
 * An outlier counts only if at least k of the last n values of its series are
 * outliers, including itself. 1 <= k <= n <= 1000.
 */
export interface Trigger {
  'k'?: (number);
  'n'?: (number);
}

/**
 * An outlier counts only if at least k of the last n values of its series are
 * outliers, including itself. 1 <= k <= n <= 1000.
 */
export interface Trigger__Output {
  'k': (number);
  'n': (number);
}
