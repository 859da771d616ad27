import { Worker } from "node:worker_threads";
import { RequestError } from "./errors.ts";
import type { LongAnswer, LongRequest } from "./long-worker.ts";

export type LongWorkLimits = {
  /** How long a request may be worked on. */
  maxWorkMs: number;
  /** How much memory that may take. */
  maxMemoryMib: number;
};

type Work = {
  request: LongRequest;
  isOver: () => boolean;
  done: PromiseWithResolvers<LongAnswer>;
};

/** The thread ends when there was nothing to do for so long: it takes memory. */
const IDLE_MS = 15_000;
/** How often it is looked whether somebody still waits for what is worked on. */
const CHECK_MS = 200;

/**
 * Requests that take long are judged one after the other in a thread of their own, with a lower
 * priority: streams and short requests never wait for them.
 */
export class LongWork {
  readonly #limits: LongWorkLimits;
  readonly #waiting: Work[] = [];
  #current: Work | undefined;
  #worker: Worker | undefined;
  /** A thread that ends has its memory still: the next one waits for that. */
  #isEnding = false;
  #startedMs = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(limits: LongWorkLimits) {
    this.#limits = limits;
    this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  /**
   * Judges a request when those before it are done.
   * @param isOver whether nobody waits for the answer any more
   * @throws RequestError
   */
  detect(request: LongRequest, isOver: () => boolean): Promise<LongAnswer> {
    const work = { request, isOver, done: Promise.withResolvers<LongAnswer>() };
    this.#waiting.push(work);
    this.#next();
    return work.done.promise;
  }

  /** Gives its memory back, if nothing is worked on. */
  relieve(): void {
    if (!this.#current && this.#worker) this.#end(new Error("idle"));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#waiting.length = 0;
    this.#end(new Error("the detector shuts down"));
  }

  #next(): void {
    if (this.#current || this.#isEnding) return;
    let work = this.#waiting.shift();
    while (work?.isOver()) work = this.#waiting.shift();
    this.#startedMs = performance.now();
    if (!work) return;
    this.#current = work;
    this.#worker ??= this.#start();
    this.#worker.postMessage(work.request);
  }

  #start(): Worker {
    const { maxMemoryMib } = this.#limits;
    const worker = new Worker(new URL("./long-worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMib, maxYoungGenerationSizeMb: 8 },
      stdout: false,
    });
    // It alone keeps no process from its end.
    worker.unref();
    worker.on("message", (answer: LongAnswer) => {
      const { done } = this.#current ?? {};
      this.#current = undefined;
      done?.resolve(answer);
      this.#next();
    });
    worker.on("error", (error) => {
      if (this.#worker !== worker) return;
      const isMemory = Reflect.get(error, "code") === "ERR_WORKER_OUT_OF_MEMORY";
      this.#end(
        isMemory
          ? new RequestError(
              "over_limit",
              `the request takes more memory than the ${maxMemoryMib} MiB that there are for one: send fewer metrics, or fewer series`,
            )
          : error,
      );
    });
    return worker;
  }

  /** Ends what is worked on, and the thread with it. */
  #end(error: Error): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#isEnding = true;
    const ended = () => {
      this.#isEnding = false;
      this.#next();
    };
    Promise.resolve(worker?.terminate()).then(ended, ended);
    const { done } = this.#current ?? {};
    this.#current = undefined;
    done?.reject(error);
  }

  #check(): void {
    const tookMs = performance.now() - this.#startedMs;
    const { maxWorkMs } = this.#limits;
    if (!this.#current) {
      if (tookMs > IDLE_MS && this.#worker) this.#end(new Error("idle"));
    } else if (this.#current.isOver()) {
      this.#end(new Error("nobody waits for the answer any more"));
    } else if (tookMs > maxWorkMs) {
      this.#end(
        new RequestError(
          "over_limit",
          `the request takes longer than ${maxWorkMs / 1000} s (MAX_WORK_TIME): send fewer metrics`,
        ),
      );
    }
  }
}
