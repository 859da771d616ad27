import type { Deadline, handleUnaryCall } from "@grpc/grpc-js";
import { OutliersClient, type OutliersResponse } from "@outliers/proto";
import type { Logger } from "@outliers/service/logger";
import { detect, type Verdicts } from "./detect.ts";
import { createStreams, type StreamLimits } from "./detect-stream.ts";
import { RequestError, toStatus } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { decodeRequest, type Window } from "./request.ts";

/** A window, or why the request holds none. grpc-js would hide the reason of a throw. */
export type Decoded = Window | RequestError;

const hasPassed = (deadline: Deadline): boolean => Number(deadline) <= Date.now();

/** The `pb.Outliers` service: decodes requests, judges them, counts them. */
export function createService(
  maxPoints: number,
  streamLimits: StreamLimits,
  metrics: Metrics,
  logger: Logger,
) {
  const decodeFor =
    (use: "window" | "stream") =>
    (bytes: Buffer): Decoded => {
      try {
        return decodeRequest(bytes, maxPoints, use);
      } catch (error) {
        if (error instanceof RequestError) return error;
        throw error;
      }
    };

  /** @throws RequestError */
  function judge(request: Decoded, respond: (window: Window) => Verdicts): Verdicts {
    if (request instanceof RequestError) throw request;
    const method = request.settings.method.name;
    const stop = metrics.judgeSeconds.startTimer({ method });
    const response = respond(request);
    stop();
    metrics.points.inc({ method }, request.points);
    metrics.outliers.inc({ method }, response.indices.length);
    return response;
  }

  const onDetect: handleUnaryCall<Decoded, OutliersResponse> = (call, callback) => {
    try {
      // Nobody waits any more for what would be judged now: grpc-js has sent the status, or will.
      if (call.cancelled || hasPassed(call.getDeadline())) return;
      callback(null, judge(call.request, detect));
    } catch (error) {
      if (!(error instanceof RequestError)) logger.error({ err: error }, "Detect failed");
      callback(toStatus(error));
    }
  };

  const streams = createStreams(streamLimits, judge, metrics, logger);
  const { Detect, DetectStream } = OutliersClient.service;
  return {
    definition: {
      Detect: { ...Detect, requestDeserialize: decodeFor("window") },
      DetectStream: { ...DetectStream, requestDeserialize: decodeFor("stream") },
    },
    handlers: { Detect: onDetect, DetectStream: streams.onDetectStream },
    /** Ends every stream: its client is to open a new one elsewhere. */
    endStreams: streams.endAll,
  };
}
