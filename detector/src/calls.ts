import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status as Status,
} from "@grpc/grpc-js";
import { grpcCodeName } from "@outliers/service/grpc-code";
import type { Metrics } from "./metrics.ts";

/** How many calls of `pb.Outliers` may be in flight at once; health and reflection are free. */
export type CallLimits = { maxCalls: number; maxStreams: number };

type MethodKind = { path: string; requestStream: boolean; responseStream: boolean };

/** Counts, times and limits the calls of every registered method. */
export function createCallInterceptor(limits: CallLimits, metrics: Metrics): ServerInterceptor {
  const inFlight = { calls: 0, streams: 0 };

  /** @returns why the call can't be taken, or else how to say that it has ended */
  function admit({ path, requestStream }: MethodKind): string | (() => void) {
    if (!path.startsWith("/pb.Outliers/")) return () => {};
    const kind = requestStream ? "streams" : "calls";
    const limit = requestStream ? limits.maxStreams : limits.maxCalls;
    if (inFlight[kind] >= limit) {
      const knob = requestStream ? "MAX_STREAMS" : "MAX_CALLS";
      return `${limit} ${kind} are in flight, the limit of this replica (${knob}): retry later, with backoff`;
    }
    inFlight[kind] += 1;
    return () => {
      inFlight[kind] -= 1;
    };
  }

  return (method, call) => {
    const [, service = "", name = ""] = method.path.split("/");
    const labels = { grpc_type: typeOf(method), grpc_service: service, grpc_method: name };
    metrics.started.inc(labels);
    const observeDuration = metrics.handlingSeconds.startTimer(labels);
    const admitted = admit(method);
    let handled = false;
    const onHandled = (code: Status) => {
      if (handled) return;
      handled = true;
      if (typeof admitted === "function") admitted();
      metrics.handled.inc({ ...labels, grpc_code: grpcCodeName(code) });
      observeDuration();
    };
    onStatus(call, onHandled);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, forward) {
            // At once, before a message is read.
            if (typeof admitted === "string")
              call.sendStatus({ code: Status.RESOURCE_EXHAUSTED, details: admitted });
            else forward(metadata);
          },
          onReceiveMessage(message, forward) {
            metrics.messagesReceived.inc(labels);
            forward(message);
          },
          onCancel: () => onHandled(Status.CANCELLED),
        }),
      sendMessage(message, next) {
        metrics.messagesSent.inc(labels);
        next(message);
      },
    });
  };
}

/** `unary`, `client_stream`, `server_stream` or `bidi_stream`, as go-grpc-middleware names them. */
function typeOf(method: MethodKind): string {
  if (method.requestStream) return method.responseStream ? "bidi_stream" : "client_stream";
  return method.responseStream ? "server_stream" : "unary";
}

// A responder would not see what grpc-js itself ends a call with: an expired deadline, a message
// over the limit. All of them go through the innermost call's sendStatus.
function onStatus(call: ServerInterceptingCallInterface, listener: (code: Status) => void): void {
  const sendStatus = call.sendStatus.bind(call);
  call.sendStatus = (status) => {
    listener(status.code ?? Status.UNKNOWN);
    sendStatus(status);
  };
}
