import { constants as http2, type ServerHttp2Stream } from "node:http2";
import { Duplex } from "node:stream";
import {
  Metadata,
  type StatusObject as PartialStatus,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status as Status,
} from "@grpc/grpc-js";
import { BytesLimit, CallLimit, type Holder, MEMORY_REFUSAL, type Rejection } from "./admission.ts";
import { pushback } from "./errors.ts";
import type { MemoryGuard } from "./memory-guard.ts";
import type { CallMetrics, Metrics } from "./metrics.ts";

/** What calls may take of a replica. */
export type CallLimits = {
  /** Unary calls and streams of `pb.Outliers` in flight at once. */
  maxCalls: number;
  maxStreams: number;
  /** Bytes that the requests and responses of all calls may take. */
  maxRequestBytes: number;
  /** How long a request may take to arrive, and a response to be taken. */
  requestTimeoutMs: number;
};

/** Health and reflection have limits of their own, of each kind: those who probe need few. */
const MAX_PROBES = 50;
const MAX_PROBE_BYTES = 16 * 1024;
/** What a part of a message takes beside its bytes. */
const PART_BYTES = 256;
/** What is counted for messages of other services, which are small. */
const MESSAGE_BYTES = 1024;
/** A stream is read no further while so much of it waits to be answered, or its answers to be taken. */
const MAX_AHEAD_BYTES = 64 * 1024;
const SWEEP_INTERVAL_MS = 500;
/** When there is no room left, a call that waits for its request has such a part of its time for it. */
const PATIENCE_SHARE = 0.05;
/** What was refused is cut off when its client keeps sending for so long. */
const REFUSED_LINGER_MS = 1000;

type MethodKind = { path: string; requestStream: boolean; responseStream: boolean };
type Listener = Parameters<ServerInterceptingCallInterface["start"]>[0];

/** The interceptor, to be disposed when the server has ended. */
export type Calls = Disposable & {
  interceptor: ServerInterceptor;
  /** Gives up the largest of what is under way. */
  relieve(): void;
};

/** Counts, times and limits the calls of every registered method. */
export function createCalls(
  limits: CallLimits,
  memory: Pick<MemoryGuard, "isTight">,
  metrics: Metrics,
): Calls {
  const inFlight = new Set<CountedCall>();
  const shared: Shared = {
    limits,
    inFlight,
    nowMs: performance.now(),
    bytes: new BytesLimit(limits.maxRequestBytes, inFlight),
    onRejected: (reason) => metrics.rejected.inc({ reason }),
    memory,
  };
  const patienceMs = limits.requestTimeoutMs * PATIENCE_SHARE;
  const calls = new CallLimit(
    limits.maxCalls,
    "calls",
    "calls are in flight, the limit of this replica (MAX_CALLS)",
    patienceMs,
  );
  const streams = new CallLimit(
    limits.maxStreams,
    "streams",
    "streams are in flight, the limit of this replica (MAX_STREAMS)",
    patienceMs,
  );
  const kinds = new Map<string, Kind>();

  function kindOf(method: MethodKind): Kind {
    const isProbe = !method.path.startsWith("/pb.Outliers/");
    const described = `calls of ${method.path} are in flight, the limit of this replica`;
    const probes = isProbe && new CallLimit(MAX_PROBES, "probes", described, patienceMs);
    return {
      limit: probes || (method.requestStream ? streams : calls),
      maxBytes: isProbe ? MAX_PROBE_BYTES : Number.POSITIVE_INFINITY,
      isStream: method.requestStream,
      isProbe,
      metrics: metrics.ofCalls(labelsOf(method)),
    };
  }

  const sweep = setInterval(() => {
    const nowMs = performance.now();
    shared.nowMs = nowMs;
    for (const call of inFlight) call.check(nowMs);
    metrics.requestBytes.set(shared.bytes.held);
  }, SWEEP_INTERVAL_MS).unref();
  return {
    interceptor(method, call) {
      let kind = kinds.get(method.path);
      if (!kind) {
        kind = kindOf(method);
        kinds.set(method.path, kind);
      }
      return new CountedCall(call, kind, shared);
    },
    relieve: () => shared.bytes.relieve(),
    [Symbol.dispose]: () => clearInterval(sweep),
  };
}

/** What the calls of a method have in common. */
type Kind = {
  limit: CallLimit;
  maxBytes: number;
  isStream: boolean;
  isProbe: boolean;
  metrics: CallMetrics;
};

/** What all calls have in common. */
type Shared = {
  limits: CallLimits;
  inFlight: Set<CountedCall>;
  bytes: BytesLimit;
  /** As of the last sweep: near enough for its limits, and it costs nothing. */
  nowMs: number;
  onRejected(reason: Rejection): void;
  memory: Pick<MemoryGuard, "isTight">;
};

/** A call that is counted, timed and perhaps refused: a class, as closures would cost each call more. */
class CountedCall extends ServerInterceptingCall implements Holder {
  readonly #call: ServerInterceptingCallInterface;
  readonly #kind: Kind;
  readonly #shared: Shared;
  readonly #stream: ServerHttp2Stream;
  readonly #startedMs = performance.now();
  readonly #isAdmitted: boolean;
  #isHandled = false;
  #refusedAtMs = Number.POSITIVE_INFINITY;
  #waitingSinceMs: number | undefined = this.#startedMs;
  /** Since when a response waits to be taken. */
  #untakenSinceMs: number | undefined;
  /** Bytes of the message that arrives, of those that wait to be answered, and of answers. */
  #arrivingBytes = 0;
  #unansweredBytes = 0;
  #untakenBytes = 0;
  /** Nothing of it will be taken any more. */
  #isDropped = false;
  /** Of a stream: the bytes of each message that waits to be answered. */
  readonly #unanswered: number[] = [];
  #wantsRead = false;

  constructor(call: ServerInterceptingCallInterface, kind: Kind, shared: Shared) {
    super(call);
    this.#call = call;
    this.#kind = kind;
    this.#shared = shared;
    this.#stream = streamOf(call);
    const isGone = this.#stream.closed || this.#stream.destroyed;
    this.#isAdmitted = !isGone && kind.limit.take(this);
    if (!isGone) shared.inFlight.add(this);
    kind.metrics.started.add();
    // Before grpc-js, which keeps what it is given.
    this.#stream.prependListener("data", (part: Buffer) => this.#onPart(part));
    // Not this class's own: what grpc-js itself ends a call with, an expired deadline or a message
    // over the limit, goes through the innermost call's.
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (status) => {
      this.#onHandled(status.code ?? Status.UNKNOWN);
      sendStatus(status);
    };
    this.#stream.on("close", () => {
      this.#dropUntaken();
      shared.inFlight.delete(this);
      // grpc-js tells of it only what has been started.
      this.#onHandled(Status.CANCELLED);
    });
    if (isGone) this.#onHandled(Status.CANCELLED);
  }

  get waitingSinceMs(): number | undefined {
    return this.#isHandled ? undefined : this.#waitingSinceMs;
  }

  get heldBytes(): number {
    return this.#isHandled ? 0 : this.#arrivingBytes + this.#unansweredBytes + this.#untakenBytes;
  }

  override start(listener: Listener): void {
    this.#call.start({
      onReceiveMetadata: (metadata) => {
        // At once, before a message is read.
        const encoding = encodingOf(this.#call);
        if (!this.#isAdmitted) this.refuse(this.#kind.limit.reason, this.#kind.limit.refusal);
        else if (this.#shared.memory.isTight && !this.#kind.isProbe)
          this.refuse("memory", MEMORY_REFUSAL);
        else if (encoding === "identity") listener.onReceiveMetadata(metadata);
        else this.#refuseCompression(encoding);
      },
      onReceiveMessage: (message) => {
        this.#kind.metrics.messagesReceived.add();
        this.#onMessage(sizeOf(message));
        if (!this.#isHandled) listener.onReceiveMessage(message);
      },
      onReceiveHalfClose: () => {
        this.#waitingSinceMs = undefined;
        listener.onReceiveHalfClose();
      },
      onCancel: () => {
        this.#onHandled(Status.CANCELLED);
        listener.onCancel();
      },
    });
  }

  override startRead(): void {
    const aheadBytes = this.#unansweredBytes + this.#untakenBytes;
    if (this.#kind.isStream && aheadBytes > MAX_AHEAD_BYTES) this.#wantsRead = true;
    else this.#call.startRead();
  }

  override sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.#kind.metrics.messagesSent.add();
    const size = sizeOf(message);
    const isCounted = this.#onAnswer(size);
    this.#call.sendMessage(message, () => {
      if (isCounted) this.#onTaken(size);
      callback();
    });
  }

  override sendStatus(status: Parameters<ServerInterceptingCall["sendStatus"]>[0]): void {
    this.#call.sendStatus(status);
  }

  refuse(reason: Rejection, details: string): void {
    this.#shared.onRejected(reason);
    this.#end({ code: Status.RESOURCE_EXHAUSTED, details, metadata: pushback() });
  }

  /** Ends the call when its client takes too long, and its stream when that doesn't let go. */
  check(nowMs: number): void {
    const { requestTimeoutMs } = this.#shared.limits;
    const before = nowMs - requestTimeoutMs;
    if (this.#isHandled) {
      const isStuck = (this.#untakenSinceMs ?? nowMs) < before;
      const lingers = this.#refusedAtMs < nowMs - REFUSED_LINGER_MS;
      if (isStuck || lingers) this.#stream.close(http2.NGHTTP2_NO_ERROR);
      if (isStuck || this.#refusedAtMs < nowMs - 2 * REFUSED_LINGER_MS) this.#stream.destroy();
    } else if ((this.#waitingSinceMs ?? nowMs) < before) {
      this.refuse(
        "request_time",
        `no whole request within ${requestTimeoutMs / 1000} s (REQUEST_TIMEOUT): send it at once`,
      );
    } else if ((this.#untakenSinceMs ?? nowMs) < before) {
      this.refuse(
        "request_time",
        `the response was not taken within ${requestTimeoutMs / 1000} s (REQUEST_TIMEOUT)`,
      );
    }
  }

  #refuseCompression(encoding: string): void {
    this.#shared.onRejected("compression");
    const metadata = new Metadata();
    metadata.set("grpc-accept-encoding", "identity");
    const details = `grpc-encoding ${encoding.slice(0, 20)} is not supported: send requests without compression`;
    this.#end({ code: Status.UNIMPLEMENTED, details, metadata });
  }

  #end(status: PartialStatus): void {
    this.#refusedAtMs = performance.now();
    this.#call.sendStatus(status);
    if (this.#untakenBytes > 0) {
      // The status waits behind a response that isn't taken.
      this.#dropUntaken();
      this.#stream.close(http2.NGHTTP2_ENHANCE_YOUR_CALM);
      this.#stream.destroy();
    } else if (this.#stream.headersSent && !this.#stream.destroyed) {
      // grpc-js goes on to keep what arrives until the status has left.
      this.#stream.pause();
    }
  }

  #dropUntaken(): void {
    this.#isDropped = true;
    this.#shared.bytes.add(-this.#untakenBytes);
    this.#untakenBytes = 0;
    this.#untakenSinceMs = undefined;
  }

  #onPart(part: Buffer): void {
    if (this.#isHandled) return;
    if (this.#unanswered.length === 0) this.#waitingSinceMs ??= this.#shared.nowMs;
    const bytes = part.length + PART_BYTES;
    this.#arrivingBytes += bytes;
    this.#shared.bytes.add(bytes);
    if (this.#arrivingBytes > this.#kind.maxBytes) {
      this.refuse("probes", `a request of more than ${this.#kind.maxBytes} bytes`);
    }
  }

  #onMessage(size: number): void {
    if (this.#isHandled) return;
    const { isStream } = this.#kind;
    if (isStream) this.#unanswered.push(size);
    const change = size - this.#arrivingBytes;
    this.#arrivingBytes = 0;
    this.#unansweredBytes += size;
    // A unary call goes on to wait for the end of the request.
    if (isStream) this.#waitingSinceMs = undefined;
    this.#shared.bytes.add(change);
  }

  /** @returns whether it counts what is to be taken */
  #onAnswer(size: number): boolean {
    if (this.#isHandled) return false;
    const answered = this.#kind.isStream ? (this.#unanswered.shift() ?? 0) : this.#unansweredBytes;
    this.#unansweredBytes -= answered;
    if (this.#unanswered.length === 0 && this.#arrivingBytes > 0) {
      this.#waitingSinceMs = this.#shared.nowMs;
    }
    this.#untakenBytes += size;
    this.#untakenSinceMs ??= this.#shared.nowMs;
    this.#shared.bytes.add(size - answered);
    return true;
  }

  #onTaken(size: number): void {
    if (this.#isDropped) return;
    this.#untakenBytes -= size;
    this.#untakenSinceMs = this.#untakenBytes > 0 ? this.#shared.nowMs : undefined;
    this.#shared.bytes.add(-size);
    if (!this.#wantsRead) return;
    this.#wantsRead = false;
    this.startRead();
  }

  #onHandled(code: Status): void {
    if (this.#isHandled) return;
    this.#isHandled = true;
    if (this.#isAdmitted) this.#kind.limit.release(this);
    this.#shared.bytes.add(-(this.#arrivingBytes + this.#unansweredBytes));
    this.#arrivingBytes = 0;
    this.#unansweredBytes = 0;
    this.#kind.metrics.handled(code, (performance.now() - this.#startedMs) / 1000);
  }
}

/** Messages of `pb.Outliers` are bytes on both ways: see service.ts. */
const sizeOf = (message: unknown): number =>
  message instanceof Uint8Array ? message.length : MESSAGE_BYTES;

/** The HTTP/2 stream below a call: grpc-js 1.14 tells nobody how much of a message has arrived. */
function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream {
  const stream: unknown = Reflect.get(call, "stream");
  if (!isHttp2Stream(stream)) throw new Error("grpc-js has changed: no HTTP/2 stream below a call");
  return stream;
}

const isHttp2Stream = (value: unknown): value is ServerHttp2Stream =>
  value instanceof Duplex && "pushAllowed" in value;

/** How the client says that it compresses: grpc-js takes the header out of the metadata. */
const encodingOf = (call: ServerInterceptingCallInterface): string =>
  String(Reflect.get(call, "incomingEncoding"));

function labelsOf(method: MethodKind) {
  const [, service = "", name = ""] = method.path.split("/");
  return { grpc_type: typeOf(method), grpc_service: service, grpc_method: name };
}

/** `unary`, `client_stream`, `server_stream` or `bidi_stream`, as go-grpc-middleware names them. */
function typeOf(method: MethodKind): string {
  if (method.requestStream) return method.responseStream ? "bidi_stream" : "client_stream";
  return method.responseStream ? "server_stream" : "unary";
}
