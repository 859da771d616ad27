// Original file: outliers.proto


// Original file: outliers.proto

export const _pb_SeriesState_State = {
  STATE_UNSPECIFIED: 0,
  /**
   * Too few values to judge by: none of them is an outlier.
   */
  STATE_WARMING_UP: 1,
  /**
   * No two values differ.
   */
  STATE_CONSTANT: 2,
  STATE_READY: 3,
} as const;

export type _pb_SeriesState_State =
  | 'STATE_UNSPECIFIED'
  | 0
  /**
   * Too few values to judge by: none of them is an outlier.
   */
  | 'STATE_WARMING_UP'
  | 1
  /**
   * No two values differ.
   */
  | 'STATE_CONSTANT'
  | 2
  | 'STATE_READY'
  | 3

export type _pb_SeriesState_State__Output = typeof _pb_SeriesState_State[keyof typeof _pb_SeriesState_State]

/**
 * What is known of a series after the last of its metrics in the request.
 */
export interface SeriesState {
  'name'?: (string);
  'state'?: (_pb_SeriesState_State);
  /**
   * Whether an event is open: an outlier at the next sample would continue it.
   */
  'eventOpen'?: (boolean);
}

/**
 * What is known of a series after the last of its metrics in the request.
 */
export interface SeriesState__Output {
  'name': (string);
  'state': (_pb_SeriesState_State__Output);
  /**
   * Whether an event is open: an outlier at the next sample would continue it.
   */
  'eventOpen': (boolean);
}
