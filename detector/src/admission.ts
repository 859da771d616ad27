import { RequestError } from "./errors.ts";

/** Something that a limit counts, and that may be told to go when others need its place. */
export type Holder = {
  /** Since when nothing has come of it that could be worked on; undefined: it is being served. */
  readonly waitingSinceMs: number | undefined;
  /** How many bytes of requests and responses it keeps in memory. */
  readonly heldBytes: number;
  /** Ends it with RESOURCE_EXHAUSTED. */
  refuse(reason: Rejection, details: string): void;
};

/** Why a call, a connection or a series was refused: the label `reason` of the metric. */
export const REJECTIONS = [
  "calls",
  "compression",
  "connections",
  "headers",
  "memory",
  "probes",
  "request_bytes",
  "request_time",
  "series",
  "streams",
] as const;
export type Rejection = (typeof REJECTIONS)[number];

export const MEMORY_REFUSAL =
  "the memory of this replica is nearly used up: retry later, with backoff, or raise its memory limit";

/** How many calls of a kind are in flight, and how many may be. */
export class CallLimit {
  readonly max: number;
  readonly reason: Rejection;
  readonly #described: string;
  readonly #patienceMs: number;
  /** In order of their start. */
  readonly #holders = new Set<Holder>();

  /**
   * @param described what there is so many of, and which setting says so
   * @param patienceMs after which a call that waits for its request makes room for another one
   */
  constructor(max: number, reason: Rejection, described: string, patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.max = max;
    this.reason = reason;
    this.#described = described;
  }

  /** @returns whether there was room for one more, perhaps as another one had to go */
  take(holder: Holder): boolean {
    if (this.#holders.size >= this.max) this.#cutIdle();
    if (this.#holders.size >= this.max) return false;
    this.#holders.add(holder);
    return true;
  }

  release(holder: Holder): void {
    this.#holders.delete(holder);
  }

  get refusal(): string {
    return `${this.max} ${this.#described}: retry later, with backoff`;
  }

  /** A client that only holds its slot open gives way to one that may have something to ask. */
  #cutIdle(): void {
    const before = performance.now() - this.#patienceMs;
    for (const holder of this.#holders) {
      if (holder.waitingSinceMs === undefined || holder.waitingSinceMs > before) continue;
      holder.refuse(this.reason, this.refusal);
      this.#holders.delete(holder);
      return;
    }
  }
}

/** How many series all streams hold, and how many they may. */
export class SeriesLimit {
  readonly max: number;
  readonly #onRejected: () => void;
  #held = 0;

  constructor(max: number, onRejected: () => void) {
    this.max = max;
    this.#onRejected = onRejected;
  }

  add(count: number): void {
    this.#held += count;
  }

  /** @throws RequestError when there are more than there may be: whose came last has to end */
  check(): void {
    if (this.#held <= this.max) return;
    this.#onRejected();
    throw new RequestError(
      "full",
      `this replica holds ${this.max} series, its limit (MAX_SERIES): open the stream on another replica, or retry later, with backoff`,
    );
  }
}

/** Calls that hold less are kept when memory runs out: it would be no relief, and collectors hold less. */
const MIN_RELIEF_BYTES = 16 * 1024;

/** How many bytes the requests and responses of all calls take, and how many they may. */
export class BytesLimit {
  readonly max: number;
  readonly #calls: ReadonlySet<Holder>;
  #held = 0;

  /** @param calls all that may hold some */
  constructor(max: number, calls: ReadonlySet<Holder>) {
    this.max = max;
    this.#calls = calls;
  }

  get held(): number {
    return this.#held;
  }

  /** Those who hold the most have to go first: small requests get through while large ones pile up. */
  add(bytes: number): void {
    this.#held += bytes;
    if (this.#held <= this.max) return;
    this.#shrink(
      this.max,
      0,
      "request_bytes",
      `requests and responses take more than ${this.max} bytes, the limit of this replica (MAX_REQUEST_BYTES), and this call the most of them: retry later, with backoff, or send smaller requests`,
    );
  }

  /** Gives up half of what there is, as memory runs out, but for calls that hold little. */
  relieve(): void {
    this.#shrink(this.#held / 2, MIN_RELIEF_BYTES, "memory", MEMORY_REFUSAL);
  }

  #shrink(toBytes: number, minBytes: number, reason: Rejection, details: string): void {
    while (this.#held > toBytes) {
      let largest: Holder | undefined;
      for (const call of this.#calls) {
        if (call.heldBytes > (largest?.heldBytes ?? minBytes)) largest = call;
      }
      if (!largest) return;
      largest.refuse(reason, details);
    }
  }
}
