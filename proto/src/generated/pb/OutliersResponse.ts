// Original file: outliers.proto


export interface OutliersResponse {
  /**
   * Positions in OutliersRequest.metrics of the outliers, ascending, from 0.
   */
  'indices'?: (number)[];
}

export interface OutliersResponse__Output {
  /**
   * Positions in OutliersRequest.metrics of the outliers, ascending, from 0.
   */
  'indices': (number)[];
}
