// Original file: outliers.proto

/**
 * The side of what is expected that a value lies on.
 */
export const Direction = {
  DIRECTION_UNSPECIFIED: 0,
  DIRECTION_BOTH: 1,
  DIRECTION_UP: 2,
  DIRECTION_DOWN: 3,
} as const;

/**
 * The side of what is expected that a value lies on.
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
 * The side of what is expected that a value lies on.
 */
export type Direction__Output = typeof Direction[keyof typeof Direction]
