import { type ChannelCredentials, type ClientOptions, connectivityState } from "@grpc/grpc-js";
import { OutliersClient, type OutliersClientType } from "@outliers/proto";

/** How long a connection may take to be made before it is given up and made again. */
const CONNECT_TIMEOUT_MS = 5000;
/** After this long, a connection that is being made is not waited for while there are others. */
const SLOW_CONNECT_MS = 1000;
/** For how long a replica that failed comes last; it doubles with each failure in a row. */
const AVOID_MS = 5000;
const MAX_AVOID_MS = 60_000;

const channelOptions: ClientOptions = {
  // A connection that is dropped must not be handed to the client that follows it.
  "grpc.use_local_subchannel_pool": 1,
  // A proxy for the web doesn't know this host's loopback or the names of Compose.
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
  // A TXT record must not change how we behave.
  "grpc.service_config_disable_resolution": 1,
  // No client keepalive: it kills calls that drain (github.com/grpc/grpc-node/issues/3068).
};

/** One address of the detector: its connection, and whether it has failed lately. */
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
   * @param options those that are not the same for all replicas
   */
  constructor(target: string, options: ClientOptions, credentials: ChannelCredentials) {
    this.#target = target;
    this.#options = { ...channelOptions, ...options };
    this.#credentials = credentials;
  }

  /** Until when others are tried before it; in the past for a replica that is well. */
  avoidUntilMs(nowMs: number): number {
    const isSlow = nowMs - (this.#connectingSinceMs ?? nowMs) > SLOW_CONNECT_MS;
    return isSlow ? Math.max(nowMs + 1, this.#avoidUntilMs) : this.#avoidUntilMs;
  }

  get isInUse(): boolean {
    return this.#calls > 0;
  }

  /** The client of its connection. */
  get client(): OutliersClientType {
    this.#client ??= new OutliersClient(this.#target, this.#credentials, this.#options);
    return this.#client;
  }

  /** @returns whether the connection is ready; it is not when it fails, or takes longer than this */
  async connect(withinMs: number): Promise<boolean> {
    const { IDLE, CONNECTING, READY, TRANSIENT_FAILURE } = connectivityState;
    const waitedMs = performance.now() - (this.#connectingSinceMs ?? performance.now());
    // grpc-js itself would wait for a peer that vanished for as long as the kernel does, and
    // after a failure for its own backoff: callers have one already.
    const failed = this.#client?.getChannel().getConnectivityState(false) === TRANSIENT_FAILURE;
    if (failed || waitedMs > CONNECT_TIMEOUT_MS) this.#drop();
    const channel = this.client.getChannel();
    const deadline = Date.now() + withinMs;
    for (;;) {
      // Not asked to connect unless it is idle: a channel that was closed would come back to life.
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

  /** Notes a call for as long as it lasts. */
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

  /** @param isSilent whether it didn't answer: a connection that may be dead is dropped */
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
