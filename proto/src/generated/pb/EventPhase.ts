// Original file: outliers.proto

/**
 * An event: outliers of one series that belong together, each at most 100
 * samples after the one before it. Events, not outliers, are what
 * DetectionOptions.sensitivity counts.
 */
export const EventPhase = {
  /**
   * The server does not say.
   */
  EVENT_PHASE_UNSPECIFIED: 0,
  EVENT_PHASE_BEGINS: 1,
  EVENT_PHASE_CONTINUES: 2,
} as const;

/**
 * An event: outliers of one series that belong together, each at most 100
 * samples after the one before it. Events, not outliers, are what
 * DetectionOptions.sensitivity counts.
 */
export type EventPhase =
  /**
   * The server does not say.
   */
  | 'EVENT_PHASE_UNSPECIFIED'
  | 0
  | 'EVENT_PHASE_BEGINS'
  | 1
  | 'EVENT_PHASE_CONTINUES'
  | 2

/**
 * An event: outliers of one series that belong together, each at most 100
 * samples after the one before it. Events, not outliers, are what
 * DetectionOptions.sensitivity counts.
 */
export type EventPhase__Output = typeof EventPhase[keyof typeof EventPhase]
