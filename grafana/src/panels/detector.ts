import { GraphDrawStyle } from "@grafana/grafana-foundation-sdk/common";
import { FieldColorModeId } from "@grafana/grafana-foundation-sdk/dashboard";
import { counts, instant, range, stat, thresholds, timeseries } from "../panel.ts";
import { byHost, detectorsUp, ofDetector, quantile, rate, select } from "../promql.ts";
import { heatmap } from "./heatmap.ts";

const empty = "No detector answered in this time range";

/** How a limit is drawn, as opposed to what it limits. */
const limitLine = [
  { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: "red" } },
  { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } },
];

/** Without probes and reflection, of which there are many more. */
const service = 'grpc_service="pb.Outliers"';

const quantiles = [
  { refId: "A", q: 0.5, name: "p50" },
  { refId: "B", q: 0.99, name: "p99" },
];

/** Streams end with Unavailable at their age, and a client may cancel: neither is a fault. */
const failures = 'grpc_code!~"OK|Unavailable|Cancelled"';
const handled = (...matchers: string[]) =>
  `sum(${rate(select("grpc_server_handled_total", service, ...matchers))})`;

const used = (metric: string, limit: string) =>
  `max(${byHost(select(metric))} / ${byHost(select(limit))})`;

/** The first row: do the replicas answer, and how much room is left? */
export const tiles = () => [
  stat({
    title: "Replicas up",
    description: "Share of the known detector replicas that Prometheus can scrape.",
    unit: "percentunit",
  })
    .decimals(0)
    .thresholds(thresholds("red", [0.01, "orange"], [1, "green"]))
    .withTarget(instant("A", `avg(${detectorsUp.now})`, "up")),
  stat({
    title: "Known",
    description: "Detector replicas that Prometheus knows, including those that are down.",
    unit: "short",
  })
    .thresholds(thresholds("text"))
    .withTarget(instant("A", `count(${detectorsUp.now})`, "known")),
  stat({
    title: "Errors",
    description:
      "Share of calls that ended with an error. Streams that reach their maximum age and calls that the client cancels don't count.",
    unit: "percentunit",
  })
    .decimals(1)
    .thresholds(thresholds("green", [0.01, "orange"], [0.1, "red"]))
    // Without errors there is no such series, and without calls no share.
    .withTarget(
      instant(
        "A",
        `(${handled(failures)} or 0 * ${handled()}) / (${handled()} > 0) or 0 * ${handled()}`,
        "errors",
      ),
    ),
  stat({
    title: "p99",
    description:
      "99 % of requests are scored faster than this, both unary ones and those of streams.",
    unit: "s",
  })
    .thresholds(thresholds("green", [0.1, "orange"], [0.5, "red"]))
    .withTarget(instant("A", quantile(0.99, "detector_detection_duration_seconds"), "p99")),
  stat({
    title: "Streams",
    description: "Open streams as a share of MAX_STREAMS, on the replica with the most.",
    unit: "percentunit",
  })
    .decimals(0)
    .thresholds(thresholds("green", [0.7, "orange"], [0.9, "red"]))
    .withTarget(instant("A", used("detector_streams", "detector_streams_limit"), "streams")),
  stat({
    title: "Memory",
    description:
      "Resident memory as a share of the container's limit (or the host's memory if there is none), on the replica that uses the most.",
    unit: "percentunit",
  })
    .decimals(0)
    .thresholds(thresholds("green", [0.8, "orange"], [0.9, "red"]))
    .withTarget(
      instant("A", used("process_resident_memory_bytes", "detector_memory_limit_bytes"), "memory"),
    ),
];

export const replicas = () => [
  counts({
    title: "Replicas",
    description: "Detector replicas that Prometheus knows, and those that it can scrape.",
  })
    .decimals(0)
    .noValue(empty)
    .withTarget(range("A", `sum(${detectorsUp.now})`, "up"))
    .withTarget(range("B", `count(${detectorsUp.now})`, "known")),
  counts({
    title: "Restarts",
    description:
      "Restarts of detector processes. A replica that comes back at another address counts as a new one.",
  })
    .decimals(0)
    .drawStyle(GraphDrawStyle.Bars)
    .noValue(empty)
    .withTarget(
      range(
        "A",
        ofDetector(`changes(${select("process_start_time_seconds")}[$__rate_interval])`),
        "{{instance}}",
      ),
    ),
];

export const requests = () => [
  timeseries({
    title: "Requests by replica",
    description:
      "Requests per second, including the messages of streams. A stream stays on its replica until replicas come or go, or it reaches MAX_STREAM_AGE.",
    unit: "reqps",
  })
    .noValue(empty)
    .withTarget(
      range(
        "A",
        `sum by (instance) (${rate(select("grpc_server_msg_received_total", service))})`,
        "{{instance}}",
      ),
    ),
  counts(
    {
      title: "Calls ended by code",
      description:
        "Completed calls per second, by method and gRPC status code. Streams end with Unavailable when they reach their maximum age or the replica stops, and continue on another replica.",
    },
    "reqps",
  )
    .noValue(empty)
    .withTarget(
      range(
        "A",
        `sum by (grpc_method, grpc_code) (${rate(select("grpc_server_handled_total"))})`,
        "{{grpc_method}} {{grpc_code}}",
      ),
    ),
  timeseries({
    title: "Samples scored",
    description: "Samples scored per second by all replicas, by detection method.",
    unit: "short",
  })
    .noValue(empty)
    .withTarget(
      range("A", `sum by (method) (${rate(select("detector_samples_total"))})`, "{{method}}"),
    ),
  counts({
    title: "Streams and series",
    description: "Open streams, and the series whose state they hold, over all replicas.",
  })
    .decimals(0)
    .noValue(empty)
    .withTarget(range("A", `sum(${select("detector_streams")})`, "streams"))
    .withTarget(range("B", `sum(${select("detector_series")})`, "series")),
];

export const latency = () => [
  heatmap(
    {
      title: "Time to score a request",
      description:
        "Requests per second by the time it took to score them, excluding the network. Requests that replay earlier samples take longer.",
      unit: "reqps",
    },
    "detector_detection_duration_seconds",
  )
    .span(24)
    .noValue(empty),
  timeseries({
    title: "Time to score a request, p50 and p99",
    description: "50 % and 99 % of requests are scored faster than this.",
    unit: "s",
  })
    .noValue(empty)
    .targets(
      quantiles.map(({ refId, q, name }) =>
        range(refId, quantile(q, "detector_detection_duration_seconds"), name),
      ),
    ),
  timeseries({
    title: "Time of a unary call, p50 and p99",
    description:
      "Duration of unary Detect calls, as seen by the replica. Collectors with METHOD=adaptive use streams instead.",
    unit: "s",
  })
    .noValue("No unary calls")
    .targets(
      quantiles.map(({ refId, q, name }) =>
        range(
          refId,
          quantile(q, "grpc_server_handling_seconds", service, 'grpc_method="Detect"'),
          name,
        ),
      ),
    ),
];

export const resources = () => [
  timeseries({
    title: "CPU",
    description:
      "CPU time of each replica as a share of one core; above 100 % when several threads are busy.",
    unit: "percentunit",
  })
    .span(8)
    .noValue(empty)
    .withTarget(range("A", ofDetector(rate(select("process_cpu_seconds_total"))), "{{instance}}")),
  timeseries({
    title: "Memory",
    description:
      "Resident memory of each replica, and the container's limit (or the host's memory if there is none).",
    unit: "bytes",
  })
    .span(8)
    .noValue(empty)
    .withTarget(range("A", ofDetector(select("process_resident_memory_bytes")), "{{instance}}"))
    .withTarget(range("B", `min(${select("detector_memory_limit_bytes")})`, "limit"))
    .overrideByQuery("B", limitLine),
  timeseries({
    title: "Event loop lag, p99",
    description:
      "Delay of each replica's event loop (99th percentile), which adds to the time of every request.",
    unit: "s",
  })
    .span(8)
    .noValue(empty)
    .withTarget(range("A", ofDetector(select("nodejs_eventloop_lag_p99_seconds")), "{{instance}}")),
];
