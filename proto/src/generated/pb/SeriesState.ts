// Original file: outliers.proto


// Original file: outliers.proto

export const _pb_SeriesState_State = {
  STATE_UNSPECIFIED: 0,
  /**
   * There were too few values so far: none of them is an outlier.
   */
  STATE_WARMING_UP: 1,
  /**
   * All values so far are equal.
   */
  STATE_CONSTANT: 2,
  STATE_READY: 3,
} as const;

export type _pb_SeriesState_State =
  | 'STATE_UNSPECIFIED'
  | 0
  /**
   * There were too few values so far: none of them is an outlier.
   */
  | 'STATE_WARMING_UP'
  | 1
  /**
   * All values so far are equal.
   */
  | 'STATE_CONSTANT'
  | 2
  | 'STATE_READY'
  | 3

export type _pb_SeriesState_State__Output = typeof _pb_SeriesState_State[keyof typeof _pb_SeriesState_State]

/**
 * The state of a series after its last metric in the request.
 */
export interface SeriesState {
  'name'?: (string);
  'state'?: (_pb_SeriesState_State);
  /**
   * Whether an outlier at the next sample would continue an event.
   */
  'eventOpen'?: (boolean);
}

/**
 * The state of a series after its last metric in the request.
 */
export interface SeriesState__Output {
  'name': (string);
  'state': (_pb_SeriesState_State__Output);
  /**
   * Whether an outlier at the next sample would continue an event.
   */
  'eventOpen': (boolean);
}
