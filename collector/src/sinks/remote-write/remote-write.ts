import type { Logger } from "@outliers/service/logger";
import pRetry from "p-retry";
import type { Clock } from "../../clock.ts";
import type { Series } from "../../series.ts";
import type { Detected, Sink } from "../../sink.ts";
import { type Answer, Receiver, type ReceiverOptions } from "./receiver.ts";
import type { WriteVersion } from "./settings.ts";
import { type ScoredSample, WriteQueue } from "./write-queue.ts";
import {
  MAX_SAMPLES_PER_SCORED,
  samplesOf,
  timeSeriesOf,
  writeRequestOf,
} from "./write-request.ts";

export type RemoteWriteOptions = {
  version: WriteVersion;
  /** Added to every series that has no label of that name. */
  externalLabels: Readonly<Record<string, string>>;
  /** How many scored samples may wait. */
  queue: number;
  receiver: ReceiverOptions;
};

/** Samples written so far, as the receiver counts them: up to six per scored sample. */
export type WriteTally = {
  sent: number;
  /** Refused for good, and not sent again. */
  failed: number;
  /** Sent again after a failure that may pass, each time. */
  retried: number;
  /** Given up unsent, because the queue was full or the collector stopped. */
  dropped: number;
  pending: number;
  highestSentMs: number;
};

/** As Prometheus does by default: so many samples in a request, or those of so much time. */
const MAX_SAMPLES_PER_REQUEST = 2000;
const MAX_BATCH = Math.floor(MAX_SAMPLES_PER_REQUEST / MAX_SAMPLES_PER_SCORED);
const MAX_WAIT_MS = 5000;
/** A receiver that refuses every request is worth a line now and then. */
const LOG_INTERVAL_MS = 60_000;

/**
 * Writes every scored sample to a Prometheus remote-write receiver. One request at a time keeps
 * each series in order; while the receiver doesn't take them, samples wait in a bounded queue.
 */
export class RemoteWrite implements Sink {
  readonly tally: WriteTally = {
    sent: 0,
    failed: 0,
    retried: 0,
    dropped: 0,
    pending: 0,
    highestSentMs: 0,
  };
  readonly #options: RemoteWriteOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #queue: WriteQueue;
  readonly #receiver: Receiver;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #pause = new AbortController();
  #isClosing = false;
  /** The samples that were being sent when the time to stop was up. */
  #interrupted: readonly ScoredSample[] = [];
  #version: WriteVersion;
  #isFailing = false;
  /** How many samples had been dropped when the receiver last took some. */
  #droppedBefore = 0;
  #isDropping = false;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteWriteOptions, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#queue = new WriteQueue(options.queue);
    this.#receiver = new Receiver(options.receiver);
    this.#version = options.version;
    const { origin, pathname } = new URL(options.receiver.url);
    logger.info(
      { url: `${origin}${pathname}`, version: options.version, labels: options.externalLabels },
      "writing samples and verdicts to a remote-write receiver",
    );
    this.#running = this.#run();
  }

  onVerdicts(series: Series, { samples, verdicts, outliers }: Detected): void {
    if (series.description.isHidden) return;
    const outlierAtMs = new Set(outliers.map(({ sample }) => sample.timeMs));
    for (const [at, { timeMs, value }] of samples.entries()) {
      const verdict = verdicts[at];
      if (!verdict || timeMs < series.liveFromMs) continue;
      const scored = { series, timeMs, value, isOutlier: outlierAtMs.has(timeMs), ...verdict };
      this.tally.pending += samplesOf(scored);
      const dropped = this.#queue.push(scored);
      if (dropped) this.#onDropped([dropped], "the queue is full");
    }
    if (this.#queue.length >= MAX_BATCH) this.#pause.abort();
  }

  /** Sends what waits, for a limited time. What is left then is dropped. */
  async close(flushMs: number): Promise<void> {
    this.#isClosing = true;
    this.#pause.abort();
    const limit = setTimeout(() => this.#stop.abort(), flushMs);
    await this.#running;
    clearTimeout(limit);
    this.#isDropping = false;
    const unsent = [...this.#interrupted, ...this.#queue.take(this.#queue.length)];
    this.#onDropped(unsent, "the collector stops");
    await this.#receiver.close();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#queue.length < MAX_BATCH && !this.#isClosing) await this.#wait();
      const batch = this.#queue.take(MAX_BATCH);
      if (batch.length > 0) await this.#deliver(batch);
      else if (this.#isClosing) return;
    }
  }

  /** Until a request is full, or its samples have waited long enough. */
  async #wait(): Promise<void> {
    this.#pause = new AbortController();
    try {
      await this.#clock.sleep(MAX_WAIT_MS, this.#pause.signal);
    } catch {
      // Woken up.
    }
  }

  /** Sends a batch until the receiver has taken or refused it. */
  async #deliver(batch: readonly ScoredSample[]): Promise<void> {
    const { signal } = this.#stop;
    try {
      const series = timeSeriesOf(batch, this.#options.externalLabels);
      const written = await pRetry(() => this.#attempt(series, batch), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 250,
        maxTimeout: 5000,
        randomize: true,
        signal,
        onFailedAttempt: ({ error }) => this.#onFailure(error, batch),
      });
      this.#onAnswer(batch, written);
    } catch (error) {
      if (signal.aborted) {
        this.#interrupted = batch;
        return;
      }
      this.#logger.error({ err: error }, "remote write failed");
      this.#onDropped(batch, "they can't be sent");
    }
  }

  /** @returns how many samples the receiver has written @throws what may pass */
  async #attempt(
    series: ReturnType<typeof timeSeriesOf>,
    batch: readonly ScoredSample[],
  ): Promise<number> {
    const version = this.#version;
    const { headers, body } = writeRequestOf(version, series);
    const answer = await this.#receiver.send(body, headers, this.#stop.signal);
    const isOk = answer.status >= 200 && answer.status < 300;
    if (version === "2.0" && isOf1(answer, isOk)) {
      this.#version = "1.0";
      this.#logger.warn(
        { status: answer.status, message: answer.message },
        "the receiver doesn't take remote write 2.0: writing 1.0",
      );
      return this.#attempt(series, batch);
    }
    if (answer.status === 429 || answer.status >= 500) throw new RetryableError(answer);
    const written = answer.written ?? (isOk ? count(batch) : 0);
    if (written < count(batch)) this.#onRefusal(answer);
    return written;
  }

  async #onFailure(error: Error, batch: readonly ScoredSample[]): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    this.tally.retried += count(batch);
    if (!this.#isFailing)
      this.#logger.warn({ err: error }, "remote write failed; retrying, samples are buffered");
    this.#isFailing = true;
    const waitMs = error instanceof RetryableError ? error.retryAfterMs : undefined;
    if (waitMs !== undefined) await this.#clock.sleep(waitMs, signal);
  }

  #onAnswer(batch: readonly ScoredSample[], written: number): void {
    const samples = count(batch);
    const sent = Math.min(written, samples);
    this.tally.pending -= samples;
    this.tally.sent += sent;
    this.tally.failed += samples - sent;
    for (const { timeMs } of sent > 0 ? batch : [])
      this.tally.highestSentMs = Math.max(this.tally.highestSentMs, timeMs);
    if (this.#queue.length < MAX_BATCH) this.#isDropping = false;
    if (sent === 0) return;
    const dropped = this.tally.dropped - this.#droppedBefore;
    if (this.#isFailing) this.#logger.info({ dropped }, "remote write recovered");
    this.#isFailing = false;
    this.#droppedBefore = this.tally.dropped;
  }

  #onRefusal({ status, message }: Answer): void {
    const nowMs = this.#clock.now();
    if (Math.abs(nowMs - this.#refusedAtMs) < LOG_INTERVAL_MS) return;
    this.#refusedAtMs = nowMs;
    this.#logger.error(
      { status, message },
      "the receiver refused samples; they are not sent again",
    );
  }

  #onDropped(batch: readonly ScoredSample[], why: string): void {
    const samples = count(batch);
    if (samples === 0) return;
    this.tally.pending -= samples;
    this.tally.dropped += samples;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#logger.warn({ samples, why }, "remote write drops samples");
  }
}

const count = (batch: readonly ScoredSample[]): number =>
  batch.reduce((sum, scored) => sum + samplesOf(scored), 0);

/**
 * Whether a request of 2.0 met a receiver of 1.0: it says so, or it took the message for an empty
 * one and doesn't report what it has written.
 */
const isOf1 = ({ status, written }: Answer, isOk: boolean): boolean =>
  status === 415 || (isOk && written === undefined);

/** The receiver may take the same request later. */
class RetryableError extends Error {
  override name = "RetryableError";
  readonly retryAfterMs: number | undefined;

  constructor({ status, message, retryAfterMs }: Answer) {
    super(`the receiver answered ${status}: ${message}`);
    this.retryAfterMs = retryAfterMs;
  }
}
