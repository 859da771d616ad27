// Original file: outliers.proto

/**
 * On which side of the expected value.
 */
export const Direction = {
  DIRECTION_UNSPECIFIED: 0,
  DIRECTION_BOTH: 1,
  DIRECTION_UP: 2,
  DIRECTION_DOWN: 3,
} as const;

/**
 * On which side of the expected value.
 */
export type Direction =
  | 'DIRECTION_UNSPECIFIED'
  | 0
  | 'DIRECTION_BOTH'
  | 1
  | 'DIRECTION_UP'
  | 2
  | 'DIRECTION_DOWN'
  | 3

/**
 * On which side of the expected value.
 */
export type Direction__Output = typeof Direction[keyof typeof Direction]
