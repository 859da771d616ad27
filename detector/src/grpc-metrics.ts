import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status as Status,
} from "@grpc/grpc-js";
import { grpcCodeName } from "@outliers/service/grpc-code";
import type { Metrics } from "./metrics.ts";

/** Counts and times every call of a registered method. */
export function createMetricsInterceptor(metrics: Metrics): ServerInterceptor {
  return (method, call) => {
    const [, service = "", name = ""] = method.path.split("/");
    const labels = { grpc_type: typeOf(method), grpc_service: service, grpc_method: name };
    metrics.started.inc(labels);
    const observeDuration = metrics.handlingSeconds.startTimer(labels);
    let handled = false;
    const onHandled = (code: Status) => {
      if (handled) return;
      handled = true;
      metrics.handled.inc({ ...labels, grpc_code: grpcCodeName(code) });
      observeDuration();
    };
    onStatus(call, onHandled);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
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
function typeOf(method: { requestStream: boolean; responseStream: boolean }): string {
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
