import {
  type ChannelCredentials,
  type ClientOptions,
  connectivityState,
  status as Status,
} from "@grpc/grpc-js";
import { OutliersClient, type OutliersClientType } from "@outliers/proto";

/**
 * How long a connection may take to be made before it is given up and made again: grpc-js would
 * wait for a peer that vanished for as long as the kernel does. It keeps the socket to one that
 * hangs until that one wakes up, so this is not too short.
 */
const CONNECT_TIMEOUT_MS = 10_000;
/** After this long, a connection that is being made is not waited for while there are others. */
const SLOW_CONNECT_MS = 1000;
/** For how long a replica that failed comes last; it doubles with each call in a row that fails. */
const AVOID_MS = 5000;
const MAX_AVOID_MS = 60_000;
/** For how long no stream that works is moved to a replica that failed, or was full. */
const DISTRUST_MS = 60_000;
const FULL_MS = 600_000;

const { IDLE, CONNECTING, READY, TRANSIENT_FAILURE } = connectivityState;

const channelOptions: ClientOptions = {
  // A connection that was dropped must not be reused by the next client.
  "grpc.use_local_subchannel_pool": 1,
  // A web proxy can't reach this host's loopback, nor resolve the names of Compose.
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
  // A TXT record must not change the client's behaviour.
  "grpc.service_config_disable_resolution": 1,
  // No client keepalive: it kills draining calls (github.com/grpc/grpc-node/issues/3068).
};

/** A stream that can be moved to another replica. */
export type Movable = {
  /** Ends it, so that its next request opens another one. @returns whether it could be ended now */
  leave(): boolean;
};

/** One address of the detector: its connection, and whether it has failed recently. */
export class Replica {
  /** This client's open streams to it. */
  readonly streams = new Set<Movable>();
  /**
   * Of replicas with equally many of this client's streams, those with the lowest come first. As each
   * client draws its own, the streams of many spread, and only few move when replicas come and go.
   */
  readonly rank = Math.random();
  /** Whether the name server still has it. */
  isListed = true;
  readonly #target: string;
  readonly #options: ClientOptions;
  readonly #credentials: ChannelCredentials;
  #client: OutliersClientType | undefined;
  #connectingSinceMs = Number.NEGATIVE_INFINITY;
  #avoidUntilMs = Number.NEGATIVE_INFINITY;
  #distrustUntilMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #calls = 0;

  /**
   * @param target its address, as a gRPC target
   * @param options channel options that differ between replicas
   */
  constructor(target: string, options: ClientOptions, credentials: ChannelCredentials) {
    this.#target = target;
    this.#options = { ...channelOptions, ...options };
    this.#credentials = credentials;
  }

  /** Until when others are tried first; in the past for a healthy replica. */
  avoidUntilMs(nowMs: number): number {
    const connectingMs = this.#connectingMs(nowMs);
    const isSlow = connectingMs > SLOW_CONNECT_MS && connectingMs < CONNECT_TIMEOUT_MS;
    return isSlow ? Math.max(nowMs + 1, this.#avoidUntilMs) : this.#avoidUntilMs;
  }

  get isInUse(): boolean {
    return this.#calls > 0;
  }

  /** Whether a stream that works may be moved here. */
  get isTrusted(): boolean {
    return this.isListed && performance.now() >= this.#distrustUntilMs;
  }

  /** The client that uses its connection. */
  get client(): OutliersClientType {
    this.#client ??= new OutliersClient(this.#target, this.#credentials, this.#options);
    return this.#client;
  }

  /** @returns whether there is a connection; there is none when it fails, or takes longer than this */
  async connect(withinMs: number): Promise<boolean> {
    const isReady = await this.#isReady(withinMs);
    if (!isReady) this.#avoid(AVOID_MS);
    return isReady;
  }

  async #isReady(withinMs: number): Promise<boolean> {
    const isStuck = this.#connectingMs(performance.now()) > CONNECT_TIMEOUT_MS;
    // After a failure grpc-js has a backoff of its own: callers have one already.
    if (isStuck || this.#state === TRANSIENT_FAILURE) this.#drop();
    const channel = this.client.getChannel();
    const deadline = Date.now() + withinMs;
    for (;;) {
      // Connects only if idle: this would revive a closed channel.
      const state = channel.getConnectivityState(false);
      if (state !== IDLE && state !== CONNECTING) return state === READY;
      if (state === IDLE) {
        this.#connectingSinceMs = performance.now();
        channel.getConnectivityState(true);
      }
      const { promise, resolve } = Promise.withResolvers<Error | undefined>();
      channel.watchConnectivityState(state, deadline, resolve);
      if (await promise) return false;
    }
  }

  /** Counts a call for as long as it lasts. */
  start(): void {
    this.#calls += 1;
  }

  end(): void {
    this.#calls -= 1;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#avoidUntilMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Notes a call that failed. If it wasn't answered the connection, which may be dead, is dropped.
   * @param code its status
   */
  failed(code: Status): void {
    this.#avoid(Math.min(AVOID_MS * 2 ** this.#failures, MAX_AVOID_MS));
    const distrustMs = code === Status.RESOURCE_EXHAUSTED ? FULL_MS : DISTRUST_MS;
    this.#distrustUntilMs = Math.max(this.#distrustUntilMs, performance.now() + distrustMs);
    this.#failures += 1;
    if (code === Status.DEADLINE_EXCEEDED) this.#drop();
  }

  close(): void {
    this.#drop();
  }

  get #state(): connectivityState | undefined {
    return this.#client?.getChannel().getConnectivityState(false);
  }

  /** For how long the connection is being made; 0 when it isn't. */
  #connectingMs(nowMs: number): number {
    return this.#state === CONNECTING ? nowMs - this.#connectingSinceMs : 0;
  }

  #avoid(forMs: number): void {
    this.#avoidUntilMs = Math.max(this.#avoidUntilMs, performance.now() + forMs);
  }

  #drop(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
