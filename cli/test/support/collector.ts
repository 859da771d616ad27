/** The metrics of a healthy collector, with one active series and one that warms up. */
export const METRICS = `# HELP outliers_value The last sample, in the unit of the series.
# TYPE outliers_value gauge
outliers_value{series="cpu_utilization_percent"} 100
outliers_value{series="load1",host="b"} 0.25
outliers_score{series="cpu_utilization_percent"} 2.25
outliers_expected{series="cpu_utilization_percent"} 1.4
outliers_expected_lower{series="cpu_utilization_percent"} 0
outliers_expected_upper{series="cpu_utilization_percent"} 9.4
outliers_detected_total{series="cpu_utilization_percent"} 7
outliers_detected_total{series="load1",host="b"} 0
outliers_events_total{series="cpu_utilization_percent"} 3
outliers_events_total{series="load1",host="b"} 0
outliers_unmonitored_seconds_total{series="cpu_utilization_percent"} 5
outliers_active{series="cpu_utilization_percent"} 1
outliers_active{series="load1",host="b"} 0
outliers_last_outlier_timestamp_seconds{series="cpu_utilization_percent"} 1700000000
outliers_last_outlier_timestamp_seconds{series="load1",host="b"} 0
outliers_state{series="cpu_utilization_percent",state="warming_up"} 0
outliers_state{series="cpu_utilization_percent",state="ready"} 1
outliers_state{series="load1",host="b",state="warming_up"} 1
collector_backlog_samples 2
collector_samples_total 2000
collector_dropped_samples_total 0
collector_missed_ticks_total 0
collector_sample_success{source="cpu"} 1
collector_source_interval_seconds{source="cpu"} 1
collector_last_sample_timestamp_seconds{source="cpu"} ${Date.now() / 1000}
collector_rejected_readings_total{source="cpu"} 0
collector_series_set_aside 0
collector_detect_requests_total{code="OK"} 1000
collector_detector_up 1
`;

const NAMES_OF_0_1 = [
  ["outliers_detected_total", "outliers_flagged_total"],
  ["outliers_last_outlier_timestamp_seconds", "outliers_last_flagged_timestamp_seconds"],
  ["outliers_unmonitored_seconds_total", "outliers_blind_seconds_total"],
] as const;

/** Metrics that collectors of 0.1 did not have. */
const NEW = /^(outliers_events|collector_(source_interval|last_sample|rejected|series_set)).*\n/gm;

/** The same of a collector of 0.1. */
export const METRICS_OF_0_1 = NAMES_OF_0_1.reduce(
  (text, [now, old]) => text.replaceAll(now, old),
  METRICS.replace(NEW, ""),
);
