import { setImmediate } from "node:timers/promises";
import { type ClientDuplexStream, type ServiceError, status as Status } from "@grpc/grpc-js";
import type { DecodedResponse, DetectionOptions, OutliersRequest } from "@outliers/proto";
import type { DetectorStream, StreamRequest } from "./detector-client.ts";
import { bounded, IncompleteResponseError, serviceError } from "./errors.ts";
import type { Replica } from "./replica.ts";
import type { Replicas } from "./replicas.ts";
import { checkWhole } from "./whole-response.ts";

type Call = ClientDuplexStream<OutliersRequest, DecodedResponse>;

/**
 * A stream, opened with its first request.
 * @param deadlineMs how long a request may take; the first one includes connecting
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

  function end(error: Error): void {
    if (ended) return;
    ended = error;
    waiting?.reject(error);
    waiting = undefined;
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

  async function answer(parts: StreamRequest): Promise<DecodedResponse> {
    replica ??= await replicas.next(deadlineMs);
    if (ended) throw ended;
    call ??= open(replica);
    waiting = Promise.withResolvers();
    const { promise } = waiting;
    const request = { ...parts, options };
    call.write(request);
    const response = await promise;
    // A second response would be taken for the answer to the next request.
    await setImmediate();
    if (isUntold) throw ended;
    checkWhole("DetectStream", request, response);
    return response;
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
      const late = setTimeout(() => {
        end(serviceError(Status.DEADLINE_EXCEEDED, `no answer within ${deadlineMs / 1000} s`));
      }, deadlineMs);
      try {
        const response = await answer(request);
        replica?.succeeded();
        return response;
      } catch (error) {
        isUntold = false;
        end(error instanceof Error ? error : new Error(String(error)));
        if (replica) replicas.failed(replica, ended ?? error);
        throw ended ?? error;
      } finally {
        clearTimeout(late);
      }
    },
    close: () => end(serviceError(Status.CANCELLED, "the client was closed")),
  };
}
