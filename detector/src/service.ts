import type { Deadline, handleUnaryCall } from "@grpc/grpc-js";
import type { Method as DetectionMethod } from "@outliers/detection/method";
import { OutliersClient, type OutliersResponse } from "@outliers/proto";
import type { Logger } from "@outliers/service/logger";
import { detect } from "./detect.ts";
import { RequestError, toStatus } from "./errors.ts";
import type { JudgeMetrics, Metrics } from "./metrics.ts";
import { createStreams, type StreamLimits } from "./stream-calls.ts";
import type { Verdicts } from "./verdicts.ts";
import { decodeWindow, type Use, type Window } from "./window.ts";
import { RequestDecoder } from "./wire/request-decoder.ts";

/** Requests come as they are: grpc-js would hide why they can't be decoded. */
const asIs = (bytes: Buffer): Buffer => bytes;

const hasPassed = (deadline: Deadline): boolean =>
  deadline !== Number.POSITIVE_INFINITY && Number(deadline) <= Date.now();

/** The `pb.Outliers` service: decodes requests, judges them, counts them. */
export function createService(
  maxPoints: number,
  streamLimits: StreamLimits,
  metrics: Metrics,
  logger: Logger,
) {
  // One for all calls: a request is judged before the next one is decoded.
  const decoder = new RequestDecoder();
  const metricsOf = new Map<DetectionMethod, JudgeMetrics>();

  /** @throws RequestError */
  function judge(request: Buffer, use: Use, respond: (window: Window) => Verdicts): Verdicts {
    const window = decodeWindow(decoder, request, maxPoints, use);
    const { method } = window.settings;
    let ofMethod = metricsOf.get(method);
    if (!ofMethod) {
      ofMethod = metrics.ofJudging(method.name);
      metricsOf.set(method, ofMethod);
    }
    const startedMs = performance.now();
    const response = respond(window);
    ofMethod.observe((performance.now() - startedMs) / 1000);
    ofMethod.points.add(window.points);
    ofMethod.outliers.add(response.indices.length);
    return response;
  }

  const onDetect: handleUnaryCall<Buffer, OutliersResponse> = (call, callback) => {
    try {
      // Nobody waits any more for what would be judged now: grpc-js has sent the status, or will.
      if (call.cancelled || hasPassed(call.getDeadline())) return;
      callback(null, judge(call.request, "window", detect));
    } catch (error) {
      if (!(error instanceof RequestError)) logger.error({ err: error }, "Detect failed");
      callback(toStatus(error));
    }
  };

  const streams = createStreams(streamLimits, judge, metrics, logger);
  const { Detect, DetectStream } = OutliersClient.service;
  return {
    definition: {
      Detect: { ...Detect, requestDeserialize: asIs },
      DetectStream: { ...DetectStream, requestDeserialize: asIs },
    },
    handlers: { Detect: onDetect, DetectStream: streams.onDetectStream },
    /** Ends every stream: its client is to open a new one elsewhere. */
    endStreams: streams.endAll,
  };
}
