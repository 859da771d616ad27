import { type ChannelCredentials, type ClientOptions, connectivityState } from "@grpc/grpc-js";
import { OutliersClient, type OutliersClientType } from "@outliers/proto";

/** How long connecting may take before it is aborted and tried again. */
const CONNECT_TIMEOUT_MS = 5000;
/** How long to wait for a connection while other replicas could be used. */
const SLOW_CONNECT_MS = 1000;
/** How long a replica that failed is tried last; doubles with every consecutive failure. */
const AVOID_MS = 5000;
const MAX_AVOID_MS = 60_000;

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

/** One address of the detector: its connection, and whether it has failed recently. */
export class Replica {
  readonly #target: string;
  readonly #options: ClientOptions;
  readonly #credentials: ChannelCredentials;
  #client: OutliersClientType | undefined;
  #connectingSinceMs: number | undefined;
  #avoidUntilMs = Number.NEGATIVE_INFINITY;
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
    const isSlow = nowMs - (this.#connectingSinceMs ?? nowMs) > SLOW_CONNECT_MS;
    return isSlow ? Math.max(nowMs + 1, this.#avoidUntilMs) : this.#avoidUntilMs;
  }

  get isInUse(): boolean {
    return this.#calls > 0;
  }

  /** The client that uses its connection. */
  get client(): OutliersClientType {
    this.#client ??= new OutliersClient(this.#target, this.#credentials, this.#options);
    return this.#client;
  }

  /** @returns whether the connection is ready; false if it fails or takes longer than this */
  async connect(withinMs: number): Promise<boolean> {
    const { IDLE, CONNECTING, READY, TRANSIENT_FAILURE } = connectivityState;
    const waitedMs = performance.now() - (this.#connectingSinceMs ?? performance.now());
    // grpc-js itself would wait as long as the kernel for a peer that has vanished, and apply a
    // backoff of its own after a failure: callers already have one.
    const failed = this.#client?.getChannel().getConnectivityState(false) === TRANSIENT_FAILURE;
    if (failed || waitedMs > CONNECT_TIMEOUT_MS) this.#drop();
    const channel = this.client.getChannel();
    const deadline = Date.now() + withinMs;
    for (;;) {
      // Connects only if idle: this would revive a closed channel.
      const state = channel.getConnectivityState(false);
      if (state !== IDLE && state !== CONNECTING) {
        this.#connectingSinceMs = undefined;
        return state === READY;
      }
      this.#connectingSinceMs ??= performance.now();
      if (state === IDLE) channel.getConnectivityState(true);
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

  /** @param isSilent whether it didn't answer: its connection may be dead, and is dropped */
  failed(isSilent: boolean): void {
    const avoidMs = Math.min(AVOID_MS * 2 ** this.#failures, MAX_AVOID_MS);
    this.#failures += 1;
    this.#avoidUntilMs = performance.now() + avoidMs;
    if (isSilent) this.#drop();
  }

  close(): void {
    this.#drop();
  }

  #drop(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#connectingSinceMs = undefined;
  }
}
