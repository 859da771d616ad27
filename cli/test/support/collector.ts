/** The metrics of a collector that is well, with one active series and one that warms up. */
export const METRICS = `# HELP outliers_value The last sample, in the unit of the series.
# TYPE outliers_value gauge
outliers_value{series="cpu_utilization_percent"} 100
outliers_value{series="load1"} 0.25
outliers_score{series="cpu_utilization_percent"} 2.25
outliers_expected{series="cpu_utilization_percent"} 1.4
outliers_expected_lower{series="cpu_utilization_percent"} 0
outliers_expected_upper{series="cpu_utilization_percent"} 9.4
outliers_flagged_total{series="cpu_utilization_percent"} 7
outliers_flagged_total{series="load1"} 0
outliers_active{series="cpu_utilization_percent"} 1
outliers_active{series="load1"} 0
outliers_last_flagged_timestamp_seconds{series="cpu_utilization_percent"} 1700000000
outliers_last_flagged_timestamp_seconds{series="load1"} 0
outliers_state{series="cpu_utilization_percent",state="warming_up"} 0
outliers_state{series="cpu_utilization_percent",state="ready"} 1
outliers_state{series="load1",state="warming_up"} 1
collector_backlog_samples 2
collector_samples_total 2000
collector_dropped_samples_total 0
collector_missed_ticks_total 0
collector_sample_success{source="cpu"} 1
collector_detect_requests_total{code="OK"} 1000
collector_detector_up 1
`;
