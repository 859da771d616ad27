import { GraphDrawStyle } from "@grafana/grafana-foundation-sdk/common";
import { range, timeseries } from "../panel.ts";
import { ofDetector, quantile, rate, select } from "../promql.ts";
import { heatmap } from "./heatmap.ts";

const empty = "No detector among the chosen jobs and instances";

/** Probes and reflection would drown them. */
const service = 'grpc_service="pb.Outliers"';

const quantiles = [
  { refId: "A", q: 0.5, name: "p50" },
  { refId: "B", q: 0.99, name: "p99" },
];

export const replicas = () => [
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
    title: "Restarts",
    description:
      "Processes that began anew. A replica that comes back at another address is a new one instead.",
    unit: "short",
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
      "Requests by second, the messages of streams too. A stream stays on its replica for up to MAX_STREAM_AGE (1 h).",
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
  timeseries({
    title: "Calls ended by code",
    description:
      "By second, method and gRPC status code. Streams end with Unavailable when they are old or the replica stops, and begin anew elsewhere.",
    unit: "reqps",
  })
    .noValue(empty)
    .withTarget(
      range(
        "A",
        `sum by (grpc_method, grpc_code) (${rate(select("grpc_server_handled_total"))})`,
        "{{grpc_method}} {{grpc_code}}",
      ),
    ),
  timeseries({
    title: "Points judged",
    description: "By second and detection method, over all replicas.",
    unit: "cps",
  })
    .noValue(empty)
    .withTarget(
      range("A", `sum by (method) (${rate(select("detector_points_total"))})`, "{{method}}"),
    ),
  timeseries({
    title: "Streams and series",
    description:
      "Streams that are open, and series that they hold the state of, over all replicas.",
    unit: "short",
  })
    .decimals(0)
    .noValue(empty)
    .withTarget(range("A", `sum(${select("detector_streams")})`, "streams"))
    .withTarget(range("B", `sum(${select("detector_series")})`, "series")),
];

export const latency = () => [
  heatmap(
    {
      title: "Time to judge a request",
      description:
        "How many requests by second took how long to judge, unary or of a stream, network excluded. Those that carry a history take longer.",
      unit: "reqps",
    },
    "detector_judge_seconds",
  )
    .span(24)
    .noValue(empty),
  timeseries({
    title: "Time to judge a request, p50 and p99",
    description: "Half, and 99 % of the requests are judged faster.",
    unit: "s",
  })
    .noValue(empty)
    .targets(
      quantiles.map(({ refId, q, name }) =>
        range(refId, quantile(q, "detector_judge_seconds"), name),
      ),
    ),
  timeseries({
    title: "Time of a unary call, p50 and p99",
    description:
      "From the start of a call of Detect to its status, as the replica sees it. Collectors whose method is adaptive send over streams instead.",
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
    description: "Share of one core that each replica uses; more than 100 % with several threads.",
    unit: "percentunit",
  })
    .span(8)
    .noValue(empty)
    .withTarget(range("A", ofDetector(rate(select("process_cpu_seconds_total"))), "{{instance}}")),
  timeseries({
    title: "Memory",
    description: "Resident memory of each replica. In Compose, 256 MiB are the limit.",
    unit: "bytes",
  })
    .span(8)
    .noValue(empty)
    .withTarget(range("A", ofDetector(select("process_resident_memory_bytes")), "{{instance}}")),
  timeseries({
    title: "Event loop lag, p99",
    description:
      "How late each replica's event loop was at worst, but for 1 %: what every request waits besides.",
    unit: "s",
  })
    .span(8)
    .noValue(empty)
    .withTarget(range("A", ofDetector(select("nodejs_eventloop_lag_p99_seconds")), "{{instance}}")),
];
