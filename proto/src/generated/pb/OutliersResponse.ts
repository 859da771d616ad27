// Original file: outliers.proto


export interface OutliersResponse {
  /**
   * Positions in OutliersRequest.metrics of the outliers, ascending, from 0.
   */
  'indices'?: (number)[];
  /**
   * With include_scores, one for each of OutliersRequest.metrics, in order:
   * the score, above 1 for outliers and at most 1 for the rest, whatever the
   * method;
   */
  'scores'?: (number | string)[];
  /**
   * the least value that would be expected at this place;
   */
  'lower'?: (number | string)[];
  /**
   * and the greatest.
   */
  'upper'?: (number | string)[];
}

export interface OutliersResponse__Output {
  /**
   * Positions in OutliersRequest.metrics of the outliers, ascending, from 0.
   */
  'indices': (number)[];
  /**
   * With include_scores, one for each of OutliersRequest.metrics, in order:
   * the score, above 1 for outliers and at most 1 for the rest, whatever the
   * method;
   */
  'scores': (number)[];
  /**
   * the least value that would be expected at this place;
   */
  'lower': (number)[];
  /**
   * and the greatest.
   */
  'upper': (number)[];
}
