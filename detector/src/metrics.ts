import type { status as Status } from "@grpc/grpc-js";
import { grpcCodeName } from "@outliers/service/grpc-code";
import { createRegistry } from "@outliers/service/registry";
import { exportOldName } from "@outliers/service/renamed-metric";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { REJECTIONS } from "./admission.ts";
import { availableBytes } from "./capacity.ts";
import { TalliedCounter, type Tally } from "./tallied-counter.ts";

export type Metrics = ReturnType<typeof createMetrics>;
export type CallMetrics = ReturnType<Metrics["ofCalls"]>;
export type JudgeMetrics = ReturnType<Metrics["ofJudging"]>;

type CallLabels = { grpc_type: string; grpc_service: string; grpc_method: string };

/** Every metric of the detector; the `grpc_server_*` names are go-grpc-middleware's. */
export function createMetrics(registry: Registry = createRegistry("detector")) {
  const registers = [registry];
  const method = ["grpc_type", "grpc_service", "grpc_method"] as const;
  const started = new TalliedCounter({
    name: "grpc_server_started_total",
    help: "Total number of RPCs started on the server.",
    labelNames: method,
    registers,
  });
  const handled = new TalliedCounter({
    name: "grpc_server_handled_total",
    help: "Total number of RPCs completed on the server, regardless of success or failure.",
    labelNames: [...method, "grpc_code"],
    registers,
  });
  const handlingSeconds = new Histogram({
    name: "grpc_server_handling_seconds",
    help: "Response latency in seconds of RPCs handled by the server.",
    labelNames: method,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const messagesReceived = new TalliedCounter({
    name: "grpc_server_msg_received_total",
    help: "Total number of RPC stream messages received on the server.",
    labelNames: method,
    registers,
  });
  const messagesSent = new TalliedCounter({
    name: "grpc_server_msg_sent_total",
    help: "Total number of gRPC stream messages sent by the server.",
    labelNames: method,
    registers,
  });
  const judgeSeconds = new Histogram({
    name: "detector_detection_duration_seconds",
    help: "Time to score the samples of a request, by detection method.",
    labelNames: ["method"],
    buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5],
    registers,
  });
  const points = new TalliedCounter({
    name: "detector_samples_total",
    help: "Total number of samples scored, by detection method.",
    labelNames: ["method"],
    registers,
  });
  const outliers = new TalliedCounter({
    name: "detector_outliers_total",
    help: "Total number of outliers, by detection method.",
    labelNames: ["method"],
    registers,
  });
  const rejected = new Counter({
    name: "detector_rejected_total",
    help: "Total number of calls, connections and series that were refused, by the limit that was reached.",
    labelNames: ["reason"],
    registers,
  });
  for (const reason of REJECTIONS) rejected.inc({ reason }, 0);
  const limitOf = (what: string, help: string) =>
    new Gauge({ name: `detector_${what}_limit`, help, registers });
  const limitGauges = {
    connections: limitOf("connections", "Connections that may be open."),
    streams: limitOf("streams", "Streams that may be open."),
    series: limitOf("series", "Series that all streams together may hold."),
    requestBytes: limitOf("request_bytes", "Bytes that requests and responses under way may take."),
  };
  new Gauge({
    name: "detector_memory_limit_bytes",
    help: "Memory that the process may use: its container's limit, or the host's memory.",
    registers,
  }).set(availableBytes());
  exportOldName(registry, judgeSeconds, "detector_judge_seconds");
  exportOldName(registry, points, "detector_points_total");
  return {
    registry,
    started,
    handled,
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
    requestBytes: new Gauge({
      name: "detector_request_bytes",
      help: "Bytes that requests and responses under way take.",
      registers,
    }),
    connections: new Gauge({
      name: "detector_connections",
      help: "Connections that are open.",
      registers,
    }),
    rejected,
    /** What the replica admits at most. */
    setLimits(limits: Readonly<Record<keyof typeof limitGauges, number>>): void {
      limitGauges.connections.set(limits.connections);
      limitGauges.streams.set(limits.streams);
      limitGauges.series.set(limits.series);
      limitGauges.requestBytes.set(limits.requestBytes);
    },
    /** What is counted and timed of the calls of one gRPC method. */
    ofCalls(labels: CallLabels) {
      const byCode = new Map<Status, Tally>();
      return {
        started: started.of(labels),
        messagesReceived: messagesReceived.of(labels),
        messagesSent: messagesSent.of(labels),
        handled(code: Status, seconds: number): void {
          let tally = byCode.get(code);
          if (!tally) {
            tally = handled.of({ ...labels, grpc_code: grpcCodeName(code) });
            byCode.set(code, tally);
          }
          tally.add();
          handlingSeconds.observe(labels, seconds);
        },
      };
    },
    /** What is counted and timed of the judgements by one detection method. */
    ofJudging(method: string) {
      const labels = { method };
      return {
        points: points.of(labels),
        outliers: outliers.of(labels),
        observe: (seconds: number): void => judgeSeconds.observe(labels, seconds),
      };
    },
  };
}
