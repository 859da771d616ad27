import { createRegistry } from "@outliers/service/registry";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type Metrics = ReturnType<typeof createMetrics>;

/** Every metric of the detector; the `grpc_server_*` names are go-grpc-middleware's. */
export function createMetrics(registry: Registry = createRegistry("detector")) {
  const registers = [registry];
  const method = ["grpc_type", "grpc_service", "grpc_method"] as const;
  return {
    registry,
    started: new Counter({
      name: "grpc_server_started_total",
      help: "Total number of RPCs started on the server.",
      labelNames: method,
      registers,
    }),
    handled: new Counter({
      name: "grpc_server_handled_total",
      help: "Total number of RPCs completed on the server, regardless of success or failure.",
      labelNames: [...method, "grpc_code"],
      registers,
    }),
    handlingSeconds: new Histogram({
      name: "grpc_server_handling_seconds",
      help: "Response latency in seconds of RPCs handled by the server.",
      labelNames: method,
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    messagesReceived: new Counter({
      name: "grpc_server_msg_received_total",
      help: "Total number of RPC stream messages received on the server.",
      labelNames: method,
      registers,
    }),
    messagesSent: new Counter({
      name: "grpc_server_msg_sent_total",
      help: "Total number of gRPC stream messages sent by the server.",
      labelNames: method,
      registers,
    }),
    judgeSeconds: new Histogram({
      name: "detector_judge_seconds",
      help: "Time to judge a request, unary or of a stream, by detection method.",
      labelNames: ["method"],
      buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5],
      registers,
    }),
    streams: new Gauge({
      name: "detector_streams",
      help: "Streams that are open.",
      registers,
    }),
    series: new Gauge({
      name: "detector_series",
      help: "Series that the open streams hold the state of.",
      registers,
    }),
    points: new Counter({
      name: "detector_points_total",
      help: "Total number of points judged, by detection method.",
      labelNames: ["method"],
      registers,
    }),
    outliers: new Counter({
      name: "detector_outliers_total",
      help: "Total number of points judged to be outliers, by detection method.",
      labelNames: ["method"],
      registers,
    }),
  };
}
