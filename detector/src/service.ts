import type { handleUnaryCall } from "@grpc/grpc-js";
import { OutliersClient, type OutliersResponse } from "@outliers/proto";
import type { Logger } from "@outliers/service/logger";
import { detect } from "./detect.ts";
import { RequestError, toStatus } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { decodeRequest, type Window } from "./request.ts";

/** A window, or why the request holds none. grpc-js would hide the reason of a throw. */
type Decoded = Window | RequestError;

/** The `pb.Outliers` service: decodes a request, judges it, counts it. */
export function createService(maxPoints: number, metrics: Metrics, logger: Logger) {
  const decode = (bytes: Buffer): Decoded => {
    try {
      return decodeRequest(bytes, maxPoints);
    } catch (error) {
      if (error instanceof RequestError) return error;
      throw error;
    }
  };
  const onDetect: handleUnaryCall<Decoded, OutliersResponse> = ({ request }, callback) => {
    try {
      if (request instanceof RequestError) throw request;
      const response = detect(request);
      metrics.points.inc({ method: request.method.name }, request.points);
      metrics.outliers.inc({ method: request.method.name }, response.indices.length);
      callback(null, response);
    } catch (error) {
      if (!(error instanceof RequestError)) logger.error({ err: error }, "Detect failed");
      callback(toStatus(error));
    }
  };
  const definition = OutliersClient.service;
  return {
    definition: { Detect: { ...definition.Detect, requestDeserialize: decode } },
    handlers: { Detect: onDetect },
  };
}
