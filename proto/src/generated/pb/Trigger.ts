// Original file: outliers.proto


/**
 * An outlier counts when it is the k-th among the last n values of its series,
 * or one after that: events rather than points. 1 <= k <= n <= 1000.
 */
export interface Trigger {
  'k'?: (number);
  'n'?: (number);
}

/**
 * An outlier counts when it is the k-th among the last n values of its series,
 * or one after that: events rather than points. 1 <= k <= n <= 1000.
 */
export interface Trigger__Output {
  'k': (number);
  'n': (number);
}
