import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status as Status,
} from "@grpc/grpc-js";
import type { CallMetrics, Metrics } from "./metrics.ts";

/** How many calls of `pb.Outliers` may be in flight at once; health and reflection are free. */
export type CallLimits = { maxCalls: number; maxStreams: number };

type MethodKind = { path: string; requestStream: boolean; responseStream: boolean };
type Listener = Parameters<ServerInterceptingCallInterface["start"]>[0];

/** Counts, times and limits the calls of every registered method. */
export function createCallInterceptor(limits: CallLimits, metrics: Metrics): ServerInterceptor {
  const calls = new Limit(limits.maxCalls, "calls", "MAX_CALLS");
  const streams = new Limit(limits.maxStreams, "streams", "MAX_STREAMS");
  const metricsOf = new Map<string, CallMetrics>();

  return (method, call) => {
    const { path } = method;
    let ofMethod = metricsOf.get(path);
    if (!ofMethod) {
      ofMethod = metrics.ofCalls(labelsOf(method));
      metricsOf.set(path, ofMethod);
    }
    const isLimited = path.startsWith("/pb.Outliers/");
    const limit = method.requestStream ? streams : calls;
    return new CountedCall(call, ofMethod, isLimited ? limit : undefined);
  };
}

/** How many calls of a kind are in flight, and how many may be. */
class Limit {
  readonly #most: number;
  readonly #kind: string;
  readonly #knob: string;
  #inFlight = 0;

  constructor(most: number, kind: string, knob: string) {
    this.#most = most;
    this.#kind = kind;
    this.#knob = knob;
  }

  /** @returns whether there was room for one more */
  take(): boolean {
    if (this.#inFlight >= this.#most) return false;
    this.#inFlight += 1;
    return true;
  }

  release(): void {
    this.#inFlight -= 1;
  }

  get refusal(): string {
    return `${this.#most} ${this.#kind} are in flight, the limit of this replica (${this.#knob}): retry later, with backoff`;
  }
}

/** A call that is counted, timed and perhaps refused: a class, as closures would cost each call more. */
class CountedCall extends ServerInterceptingCall {
  readonly #call: ServerInterceptingCallInterface;
  readonly #metrics: CallMetrics;
  readonly #limit: Limit | undefined;
  readonly #isAdmitted: boolean;
  readonly #startedMs = performance.now();
  #isHandled = false;

  constructor(
    call: ServerInterceptingCallInterface,
    metrics: CallMetrics,
    limit: Limit | undefined,
  ) {
    super(call);
    this.#call = call;
    this.#metrics = metrics;
    this.#limit = limit;
    this.#isAdmitted = limit?.take() ?? true;
    metrics.started.add();
    // Not this class's own: what grpc-js itself ends a call with, an expired deadline or a message
    // over the limit, goes through the innermost call's.
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (status) => {
      this.#onHandled(status.code ?? Status.UNKNOWN);
      sendStatus(status);
    };
  }

  override start(listener: Listener): void {
    this.#call.start({
      onReceiveMetadata: (metadata) => {
        // At once, before a message is read.
        if (this.#isAdmitted) listener.onReceiveMetadata(metadata);
        else
          this.#call.sendStatus({
            code: Status.RESOURCE_EXHAUSTED,
            details: this.#limit?.refusal ?? "",
          });
      },
      onReceiveMessage: (message) => {
        this.#metrics.messagesReceived.add();
        listener.onReceiveMessage(message);
      },
      onReceiveHalfClose: () => listener.onReceiveHalfClose(),
      onCancel: () => {
        this.#onHandled(Status.CANCELLED);
        listener.onCancel();
      },
    });
  }

  override sendMetadata(metadata: Parameters<ServerInterceptingCall["sendMetadata"]>[0]): void {
    this.#call.sendMetadata(metadata);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.#metrics.messagesSent.add();
    this.#call.sendMessage(message, callback);
  }

  override sendStatus(status: Parameters<ServerInterceptingCall["sendStatus"]>[0]): void {
    this.#call.sendStatus(status);
  }

  #onHandled(code: Status): void {
    if (this.#isHandled) return;
    this.#isHandled = true;
    if (this.#isAdmitted) this.#limit?.release();
    this.#metrics.handled(code, (performance.now() - this.#startedMs) / 1000);
  }
}

function labelsOf(method: MethodKind) {
  const [, service = "", name = ""] = method.path.split("/");
  return { grpc_type: typeOf(method), grpc_service: service, grpc_method: name };
}

/** `unary`, `client_stream`, `server_stream` or `bidi_stream`, as go-grpc-middleware names them. */
function typeOf(method: MethodKind): string {
  if (method.requestStream) return method.responseStream ? "bidi_stream" : "client_stream";
  return method.responseStream ? "server_stream" : "unary";
}
