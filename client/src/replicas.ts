import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ChannelCredentials, type ClientOptions, status as Status } from "@grpc/grpc-js";
import { type GrpcTarget, parseGrpcTarget } from "@outliers/service/grpc-target";
import { isPermanent, isServiceError, serviceError } from "./errors.ts";
import { type Movable, Replica } from "./replica.ts";

/** New replicas are found within this time, and removed ones forgotten. */
const RESOLVE_INTERVAL_MS = 2000;
/** How long to wait for a slow name server when addresses are known already. */
const RESOLVE_PATIENCE_MS = 500;
/** How long to wait for one connection before trying the next in parallel. @see RFC 8305 */
const STAGGER_MS = 250;
/** About how often it is looked whether streams would be better placed: not all clients at once. */
const BALANCE_MS = 10_000;
const BALANCE_CONNECT_MS = 1000;
/** A stream that was moved may wait for so long for its next request, until which it counts nowhere. */
const MOVING_MS = 60_000;

/**
 * The replicas behind a target. gRPC's own `round_robin` keeps sending streams to a replica that
 * hangs, because it doesn't take missed deadlines into account. Therefore every address has a
 * connection of its own, and this class chooses the one for the next call.
 */
export class Replicas {
  readonly #text: string;
  readonly #target: GrpcTarget;
  readonly #credentials: ChannelCredentials;
  readonly #lookup: Lookup;
  readonly #byTarget = new Map<string, Replica>();
  #balancing: NodeJS.Timeout | undefined;
  /** How many streams were moved and have not been opened again, and since when. */
  #moving = 0;
  #movedAtMs = Number.NEGATIVE_INFINITY;
  #turn = Math.floor(Math.random() * 1000);
  #resolving: Promise<void> | undefined;
  #resolvedAtMs = Number.NEGATIVE_INFINITY;
  #error: unknown;
  #isClosed = false;

  /** @throws TypeError if the target is invalid */
  constructor(text: string, credentials: ChannelCredentials, lookup: Lookup) {
    const target = parseGrpcTarget(text);
    if (!target) throw new TypeError(`not a gRPC target: ${JSON.stringify(text)}`);
    this.#text = text;
    this.#target = target;
    this.#credentials = credentials;
    this.#lookup = lookup;
  }

  /**
   * The replica for the next call: round robin, those that failed recently last, and of these the
   * first one whose connection is ready. If none is, one whose calls will fail with the reason.
   * @throws ServiceError if no address is known
   */
  next(withinMs: number): Promise<Replica> {
    return this.#firstReady(withinMs, (all) => {
      const first = this.#turn++ % (all.length || 1);
      return lastIfFailed([...all.slice(first), ...all.slice(0, first)]);
    });
  }

  /**
   * The same for a stream: the replica with the fewest of this client's streams. It counts there from
   * the choice on, as others are opened at the same time.
   */
  async nextForStream(withinMs: number, stream: Movable): Promise<Replica> {
    this.#balancing ??= this.#balanceLater();
    this.#moving = Math.max(0, this.#moving - 1);
    let chosen: Replica | undefined;
    try {
      const replica = await this.#firstReady(withinMs, (all) => {
        const inOrder = lastIfFailed(
          all.toSorted((a, b) => a.streams.size - b.streams.size || a.rank - b.rank),
        );
        chosen = inOrder[0];
        chosen?.streams.add(stream);
        return inOrder;
      });
      chosen?.streams.delete(stream);
      replica.streams.add(stream);
      return replica;
    } catch (error) {
      chosen?.streams.delete(stream);
      throw error;
    }
  }

  async #firstReady(
    withinMs: number,
    inOrder: (all: readonly Replica[]) => Replica[],
  ): Promise<Replica> {
    const untilMs = performance.now() + withinMs;
    await this.#resolve(withinMs);
    this.#checkOpen();
    const replicas = inOrder(this.#candidates());
    if (replicas.length === 0) {
      const reason = this.#error instanceof Error ? this.#error.message : "none found";
      throw serviceError(Status.UNAVAILABLE, `no address of ${this.#text}: ${reason}`);
    }
    const replica = await firstReady(replicas, Math.max(0, untilMs - performance.now()));
    this.#checkOpen();
    return replica;
  }

  /** Counts a failed call against its replica, unless the request or this client was at fault. */
  failed(replica: Replica, error: unknown): void {
    const code = isServiceError(error) ? error.code : Status.UNKNOWN;
    if (isPermanent(error) || code === Status.CANCELLED) return;
    replica.failed(code);
    this.#resolvedAtMs = Number.NEGATIVE_INFINITY;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#balancing);
    for (const replica of this.#byTarget.values()) replica.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw serviceError(Status.CANCELLED, "the client was closed");
  }

  /** Those that the name server has; when it has none, those that it had. */
  #candidates(): Replica[] {
    const all = [...this.#byTarget.values()];
    const listed = all.filter(({ isListed }) => isListed);
    return listed.length > 0 ? listed : all;
  }

  #balanceLater(): NodeJS.Timeout {
    const waitMs = BALANCE_MS * (0.5 + Math.random());
    return setTimeout(() => {
      void this.#balance().finally(() => {
        if (!this.#isClosed) this.#balancing = this.#balanceLater();
      });
    }, waitMs).unref();
  }

  /** Moves as many streams as it takes for every replica to have its share: none, as a rule. */
  async #balance(): Promise<void> {
    if (this.#moving > 0 && performance.now() - this.#movedAtMs < MOVING_MS) return;
    this.#moving = 0;
    await this.#resolve(RESOLVE_PATIENCE_MS);
    const targets = new Set(this.#candidates().filter(({ isTrusted }) => isTrusted));
    const reached = new Set<Replica>();
    const byCount = [...this.#byTarget.values()];
    const movable = new Map(byCount.map((one) => [one, [...one.streams]]));
    const counts = new Map(byCount.map((one) => [one, one.streams.size]));
    const countOf = (one: Replica) => counts.get(one) ?? 0;
    for (;;) {
      byCount.sort((a, b) => countOf(a) - countOf(b) || a.rank - b.rank);
      const to = byCount.find((one) => targets.has(one));
      const from = byCount.findLast((one) => (movable.get(one) ?? []).length > 0);
      if (!to || !from) return;
      const excess = countOf(from) - countOf(to);
      if (excess < 1 || (excess === 1 && to.rank >= from.rank)) return;
      if (!reached.has(to)) {
        if (await to.connect(BALANCE_CONNECT_MS)) reached.add(to);
        else targets.delete(to);
        if (this.#isClosed) return;
        continue;
      }
      if (!movable.get(from)?.pop()?.leave()) continue;
      this.#moving += 1;
      this.#movedAtMs = performance.now();
      counts.set(from, countOf(from) - 1);
      counts.set(to, countOf(to) + 1);
    }
  }

  async #resolve(withinMs: number): Promise<void> {
    if (performance.now() - this.#resolvedAtMs < RESOLVE_INTERVAL_MS) return;
    this.#resolving ??= this.#update().finally(() => {
      this.#resolving = undefined;
    });
    const patienceMs = this.#byTarget.size > 0 ? RESOLVE_PATIENCE_MS : withinMs;
    const patience = new AbortController();
    await Promise.race([
      this.#resolving,
      delay(patienceMs, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
  }

  /** Keeps the last addresses if there are none now: the name server may be down for a while. */
  async #update(): Promise<void> {
    try {
      const found = await addressesOf(this.#target, this.#lookup);
      this.#resolvedAtMs = performance.now();
      const targets = new Set(found.map(({ target }) => target));
      for (const [target, replica] of this.#byTarget) {
        replica.isListed = targets.has(target);
        if (replica.isListed || replica.isInUse) continue;
        replica.close();
        this.#byTarget.delete(target);
      }
      for (const { target, options } of found) {
        if (this.#byTarget.has(target)) continue;
        this.#byTarget.set(target, new Replica(target, options, this.#credentials));
      }
    } catch (error) {
      this.#error = error;
    }
  }
}

/** The same in their order, but those that failed recently last. */
function lastIfFailed(replicas: readonly Replica[]): Replica[] {
  const nowMs = performance.now();
  // The sort is stable: healthy replicas keep their order.
  return replicas
    .map((replica) => ({ replica, atMs: Math.max(replica.avoidUntilMs(nowMs), nowMs) }))
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ replica }) => replica);
}

/** All addresses of a host name. */
export type Lookup = (host: string) => Promise<{ address: string }[]>;

export const systemLookup: Lookup = (host) => lookup(host, { all: true });

type Address = { target: string; options: ClientOptions };

async function addressesOf(target: GrpcTarget, lookup: Lookup): Promise<Address[]> {
  if (target.kind === "socket") return [{ target: `unix:${target.path}`, options: {} }];
  if (target.kind === "addresses") {
    return target.endpoints.map(({ host, port }) => ({
      target: ipTarget(host, port),
      options: {},
    }));
  }
  const { host, port } = target;
  const found = await lookup(host);
  // The server, and its certificate, know the name, not the address.
  const isName = found.some(({ address }) => address !== host);
  const options: ClientOptions = isName
    ? { "grpc.default_authority": `${host}:${port}`, "grpc.ssl_target_name_override": host }
    : {};
  return found.map(({ address }) => ({ target: ipTarget(address, port), options }));
}

const ipTarget = (address: string, port: number): string =>
  isIPv6(address) ? `ipv6:[${address}]:${port}` : `ipv4:${address}:${port}`;

/** Tries the replicas one after another, without waiting for those before to fail. */
function firstReady(replicas: readonly Replica[], withinMs: number): Promise<Replica> {
  const untilMs = performance.now() + withinMs;
  const { promise, resolve } = Promise.withResolvers<Replica>();
  const untried = replicas.values();
  let failures = 0;
  let failed: Replica | undefined;

  function tryNext(): void {
    const replica = untried.next().value;
    if (!replica) return;
    void replica.connect(Math.max(0, untilMs - performance.now())).then((isReady) => {
      if (isReady) return resolve(replica);
      failures += 1;
      failed ??= replica;
      if (failures === replicas.length) return resolve(failed);
      return tryNext();
    });
  }
  tryNext();
  const stagger = setInterval(tryNext, STAGGER_MS);
  return promise.finally(() => clearInterval(stagger));
}
