import { setImmediate } from "node:timers/promises";
import { type ClientDuplexStream, type ServiceError, status as Status } from "@grpc/grpc-js";
import type { DecodedResponse, DetectionOptions, OutliersRequest } from "@outliers/proto";
import type { DetectorStream, StreamRequest } from "./detector-client.ts";
import { bounded, IncompleteResponseError, serviceError } from "./errors.ts";
import type { Replica } from "./replica.ts";
import type { Replicas } from "./replicas.ts";
import { checkWhole } from "./whole-response.ts";

type Call = ClientDuplexStream<OutliersRequest, DecodedResponse>;

/** A request with more metrics is that of a stream that catches up, as is one with checkpoints. */
const LIVE_METRICS = 256;
/** A replica has streams catch up one after the other, behind all that is live. */
const CATCH_UP_DEADLINE_MS = 30_000;
/** A stream without an answer for so long is between two requests that don't belong together. */
const QUIET_MS = 20;

/**
 * A stream, opened with its first request.
 * @param deadlineMs how long a request may take, unless it catches up; the first one includes connecting
 * @param onEnd called when the stream has ended for whatever reason
 */
export function createStream(
  replicas: Replicas,
  options: DetectionOptions,
  deadlineMs: number,
  onEnd: () => void,
): DetectorStream {
  let replica: Replica | undefined;
  let call: Call | undefined;
  let ended: Error | undefined;
  /** Whether the stream ended with a fault that the next request has to report. */
  let isUntold = false;
  let waiting: PromiseWithResolvers<DecodedResponse> | undefined;
  let answeredAtMs = Number.NEGATIVE_INFINITY;

  const movable = {
    leave(): boolean {
      if (!call || ended || waiting || performance.now() - answeredAtMs < QUIET_MS) return false;
      end(serviceError(Status.CANCELLED, "moved to another replica"));
      return true;
    },
  };

  function end(error: Error): void {
    if (ended) return;
    ended = error;
    waiting?.reject(error);
    waiting = undefined;
    replica?.streams.delete(movable);
    call?.cancel();
    onEnd();
  }

  function onResponse(response: DecodedResponse): void {
    if (waiting) {
      waiting.resolve(response);
      waiting = undefined;
    } else if (!ended) {
      isUntold = true;
      end(new IncompleteResponseError("it belongs to no request"));
    }
  }

  function open(on: Replica): Call {
    const opened = on.client.DetectStream();
    on.start();
    // The only event that grpc-js emits for every kind of end.
    opened.on("status", () => on.end());
    opened.on("data", onResponse);
    opened.on("error", (error: ServiceError) => end(bounded(error)));
    opened.on("end", () => end(serviceError(Status.UNAVAILABLE, "the detector ended the stream")));
    return opened;
  }

  async function answer(parts: StreamRequest, withinMs: number): Promise<DecodedResponse> {
    const late = setTimeout(() => {
      end(serviceError(Status.DEADLINE_EXCEEDED, `no answer within ${withinMs / 1000} s`));
    }, withinMs);
    try {
      replica ??= await replicas.nextForStream(withinMs, movable);
      if (ended) {
        replica.streams.delete(movable);
        throw ended;
      }
      call ??= open(replica);
      waiting = Promise.withResolvers();
      const { promise } = waiting;
      const request = { ...parts, options };
      call.write(request);
      const response = await promise;
      answeredAtMs = performance.now();
      // A second response would be taken for the answer to the next request.
      await setImmediate();
      if (isUntold) throw ended;
      checkWhole("DetectStream", request, response);
      return response;
    } finally {
      clearTimeout(late);
    }
  }

  return {
    get isOpen() {
      return ended === undefined || isUntold;
    },
    async send(request) {
      if (ended) {
        if (isUntold && replica) replicas.failed(replica, ended);
        isUntold = false;
        throw ended;
      }
      const isLive = !request.checkpoints?.length && (request.metrics ?? []).length <= LIVE_METRICS;
      try {
        // Who has an answer to nothing at once is alive, however long the rest takes.
        if (!isLive && !call) await answer({}, deadlineMs);
        const response = await answer(
          request,
          isLive ? deadlineMs : Math.max(deadlineMs, CATCH_UP_DEADLINE_MS),
        );
        replica?.succeeded();
        return response;
      } catch (error) {
        isUntold = false;
        end(error instanceof Error ? error : new Error(String(error)));
        if (replica) replicas.failed(replica, ended ?? error);
        throw ended ?? error;
      }
    },
    close: () => end(serviceError(Status.CANCELLED, "the client was closed")),
  };
}
