import { range, timeseries } from "../panel.ts";
import { quantile, rate, select } from "../promql.ts";

const empty = "No detector among the chosen jobs and instances";

/** Calls of Detect only: probes and reflection would drown them. */
const detect = ['grpc_service="pb.Outliers"', 'grpc_method="Detect"'];
const handled = (...matchers: string[]) =>
  rate(select("grpc_server_handled_total", ...detect, ...matchers));

const quantiles = [
  { refId: "A", q: 0.5, name: "p50" },
  { refId: "B", q: 0.9, name: "p90" },
  { refId: "C", q: 0.99, name: "p99" },
];

export const detector = () => [
  timeseries({
    title: "Replicas",
    description: "Replicas of the detector that Prometheus knows of, and those that it can scrape.",
    unit: "short",
  })
    .decimals(0)
    .noValue(empty)
    .withTarget(range("A", `sum(${select("up", 'job="detector"')})`, "up"))
    .withTarget(range("B", `count(${select("up", 'job="detector"')})`, "known")),
  timeseries({
    title: "Requests by replica",
    description:
      "Calls of Detect by second. Even lines mean that the collectors spread their calls over all replicas.",
    unit: "reqps",
  })
    .noValue(empty)
    .withTarget(range("A", `sum by (instance) (${handled()})`, "{{instance}}")),
  timeseries({
    title: "Latency of Detect",
    description:
      "Time that replicas take for a call, network excluded: half, 90 % and 99 % of the calls are faster.",
    unit: "s",
  })
    .noValue(empty)
    .targets(
      quantiles.map(({ refId, q, name }) =>
        range(refId, quantile(q, "grpc_server_handling_seconds", ...detect), name),
      ),
    ),
  timeseries({
    title: "Requests by code",
    description: "Calls of Detect by second and gRPC status code.",
    unit: "reqps",
  })
    .noValue(empty)
    .withTarget(range("A", `sum by (grpc_code) (${handled()})`, "{{grpc_code}}")),
  timeseries({
    title: "Errors",
    description: "Share of the calls of Detect that did not end with OK.",
    unit: "percentunit",
  })
    .span(24)
    .noValue(empty)
    .withTarget(
      // A code that has not happened has no series: without it there are no errors, not no data.
      range(
        "A",
        `(sum(${handled('grpc_code!="OK"')}) or 0 * sum(${handled()})) / sum(${handled()})`,
        "errors",
      ),
    ),
];
