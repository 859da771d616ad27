import { setTimeout as delay } from "node:timers/promises";
import {
  type ChannelCredentials,
  type ClientUnaryCall,
  credentials as grpcCredentials,
  status as Status,
} from "@grpc/grpc-js";
import type { DecodedResponse, DetectionOptions, Metric, OutliersRequest } from "@outliers/proto";
import { bounded, isPermanent, isServiceError } from "./errors.ts";
import type { Replica } from "./replica.ts";
import { type Lookup, Replicas, systemLookup } from "./replicas.ts";
import { createStream } from "./stream.ts";
import { checkWhole } from "./whole-response.ts";

/** A request on a stream, apart from its options. */
export type StreamRequest = Pick<
  OutliersRequest,
  "metrics" | "checkpoints" | "normals" | "checkpointNames"
>;

/** A stream to one replica of the detector, which keeps the state of its series. */
export type DetectorStream = {
  /** Whether the next request goes to the same replica as the previous ones. */
  readonly isOpen: boolean;
  /**
   * Sends one request at a time, with the stream's options. After an error the stream is closed.
   * @throws ServiceError
   * @throws IncompleteResponseError
   */
  send(request: StreamRequest): Promise<DecodedResponse>;
  close(): void;
};

/** Has samples scored by the detector. Only complete, valid responses are returned. */
export type DetectorClient = {
  /**
   * Has whole windows scored.
   * @throws ServiceError
   * @throws IncompleteResponseError
   */
  detect(metrics: Metric[], options: DetectionOptions): Promise<DecodedResponse>;
  /** A new stream. It connects with its first request. */
  openStream(options: DetectionOptions): DetectorStream;
  /** Also ends calls under way. */
  close(): void;
};

const MAX_ATTEMPTS = 3;
const FIRST_RETRY_MS = 100;

/**
 * A client of all replicas behind a target. A call goes to a replica whose connection is ready. One
 * that failed is tried last for a while, and its connection is dropped after a missed deadline.
 * @param target such as `dns:///detector:9999`; see `parseGrpcTarget`
 * @param deadlineMs how long a request may take: a call with its retries, or a message on a stream
 * @throws TypeError if the target is invalid
 */
export function createDetectorClient(
  target: string,
  deadlineMs: number,
  credentials: ChannelCredentials = grpcCredentials.createInsecure(),
  lookup: Lookup = systemLookup,
): DetectorClient {
  const replicas = new Replicas(target, credentials, lookup);
  const streams = new Set<DetectorStream>();
  const calls = new Set<ClientUnaryCall>();

  function call(replica: Replica, request: OutliersRequest, withinMs: number) {
    const { promise, resolve, reject } = Promise.withResolvers<DecodedResponse>();
    const deadline = Date.now() + Math.max(0, withinMs);
    replica.start();
    const called = replica.client.Detect(request, { deadline }, (error, response) => {
      calls.delete(called);
      replica.end();
      if (error) reject(bounded(error));
      else if (response) resolve(response);
    });
    calls.add(called);
    return promise;
  }

  async function attempt(request: OutliersRequest, untilMs: number): Promise<DecodedResponse> {
    const replica = await replicas.next(untilMs - performance.now());
    try {
      const response = await call(replica, request, untilMs - performance.now());
      checkWhole("Detect", request, response);
      replica.succeeded();
      return response;
    } catch (error) {
      replicas.failed(replica, error);
      throw error;
    }
  }

  return {
    async detect(metrics, options) {
      const untilMs = performance.now() + deadlineMs;
      for (let attempts = 1; ; attempts++) {
        try {
          return await attempt({ metrics, options }, untilMs);
        } catch (error) {
          const waitMs = Math.random() * FIRST_RETRY_MS * 2 ** attempts;
          const isLate = performance.now() + waitMs >= untilMs;
          if (attempts === MAX_ATTEMPTS || isLate || !isWorthRetrying(error)) throw error;
          await delay(waitMs);
        }
      }
    },
    openStream(options) {
      const stream = createStream(replicas, options, deadlineMs, () => streams.delete(stream));
      streams.add(stream);
      return stream;
    },
    close() {
      for (const one of streams) one.close();
      for (const one of calls) one.cancel();
      replicas.close();
    },
  };
}

/** Whether another replica, or the same one soon, may still answer within the deadline. */
function isWorthRetrying(error: unknown): boolean {
  if (!isServiceError(error) || isPermanent(error)) return false;
  return error.code === Status.UNAVAILABLE || error.code === Status.RESOURCE_EXHAUSTED;
}
