import { range, timeseries } from "../panel.ts";
import { quantile, rate, select } from "../promql.ts";

const empty = "No detector among the chosen jobs and instances";

/** Without probes and reflection, which would drown them. */
const received = rate(select("grpc_server_msg_received_total", 'grpc_service="pb.Outliers"'));

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
      "Requests by second, the messages of streams too. A stream stays on its replica for up to MAX_STREAM_AGE (1 h).",
    unit: "reqps",
  })
    .noValue(empty)
    .withTarget(range("A", `sum by (instance) (${received})`, "{{instance}}")),
  timeseries({
    title: "Time to judge a request",
    description:
      "Network excluded: half, 90 % and 99 % of the requests are faster. Those that carry a history take longer.",
    unit: "s",
  })
    .noValue(empty)
    .targets(
      quantiles.map(({ refId, q, name }) =>
        range(refId, quantile(q, "detector_judge_seconds"), name),
      ),
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
  timeseries({
    title: "Calls ended by code",
    description:
      "By second, method and gRPC status code. Streams end with Unavailable when they are old or the replica stops, and begin anew elsewhere.",
    unit: "reqps",
  })
    .span(24)
    .noValue(empty)
    .withTarget(
      range(
        "A",
        `sum by (grpc_method, grpc_code) (${rate(select("grpc_server_handled_total"))})`,
        "{{grpc_method}} {{grpc_code}}",
      ),
    ),
];
