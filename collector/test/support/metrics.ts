import { createMetrics } from "../../src/metrics.ts";
import { Statuses } from "../../src/sinks/status.ts";

/** The metrics of a collector without series, at the present time. */
export const metricsWithoutSeries = () =>
  createMetrics({
    series: () => [],
    statuses: new Statuses(1000),
    backlog: () => 0,
    setAside: () => 0,
    now: Date.now,
    activeHoldMs: 1000,
  });
