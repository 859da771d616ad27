// Original file: outliers.proto

/**
 * An event is a run of outliers of one series, each within 100 samples of the
 * previous one, or within half an hour if that is less, but at least within 20
 * samples. DetectionOptions.sensitivity counts events, not outliers.
 */
export const EventPhase = {
  /**
   * Unknown.
   */
  EVENT_PHASE_UNSPECIFIED: 0,
  EVENT_PHASE_BEGINS: 1,
  EVENT_PHASE_CONTINUES: 2,
} as const;

/**
 * An event is a run of outliers of one series, each within 100 samples of the
 * previous one, or within half an hour if that is less, but at least within 20
 * samples. DetectionOptions.sensitivity counts events, not outliers.
 */
export type EventPhase =
  /**
   * Unknown.
   */
  | 'EVENT_PHASE_UNSPECIFIED'
  | 0
  | 'EVENT_PHASE_BEGINS'
  | 1
  | 'EVENT_PHASE_CONTINUES'
  | 2

/**
 * An event is a run of outliers of one series, each within 100 samples of the
 * previous one, or within half an hour if that is less, but at least within 20
 * samples. DetectionOptions.sensitivity counts events, not outliers.
 */
export type EventPhase__Output = typeof EventPhase[keyof typeof EventPhase]
