import { type ServiceError, status as Status } from "@grpc/grpc-js";
import { IncompleteResponseError, isPermanent, isServiceError } from "@outliers/client/errors";
import { grpcCodeName } from "@outliers/service/grpc-code";
import type { Logger } from "@outliers/service/logger";
import pRetry from "p-retry";
import { newVerdicts } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { Metrics } from "./metrics.ts";
import type { Requester, SeriesNormals } from "./requester.ts";
import type { Series } from "./series.ts";
import type { Detected, Sink } from "./sink.ts";

/** Sources that are read at the same time finish this close to each other: one request for all. */
const TOGETHER_MS = 10;

/** What all groups of a collector share. */
export type GroupContext = {
  sinks: readonly Sink[];
  normals: SeriesNormals;
  metrics: Metrics;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
  /** Called for a series of which nothing is known any more. */
  onStartOver: (series: Series) => void;
  /** Called when the code of a group's last detection has changed. */
  onCode: () => void;
};

/**
 * Series that share detection options and a stream. Has their samples scored, one request at a time,
 * and passes the verdicts to the sinks. While no detector answers it retries with backoff, each time
 * with the samples buffered by then. A series that the detector refuses for good is set aside.
 */
export class DetectionGroup {
  readonly series = new Set<Series>();
  readonly setAside = new Set<Series>();
  readonly #requester: Requester;
  readonly #context: GroupContext;
  /** After a refusal, the series that may have caused it; they are tried one by one. */
  #suspects: Set<Series> | undefined;
  /** Connection errors since detection last succeeded: each is logged once. */
  readonly #loggedReasons = new Set<string>();
  #lastCode: string | undefined;
  #isRunning = false;
  #isDue = false;

  constructor(requester: Requester, context: GroupContext) {
    this.#requester = requester;
    this.#context = context;
  }

  /** The gRPC status code of the last detection; undefined before the first one. */
  get lastCode(): string | undefined {
    return this.#lastCode;
  }

  /** Has all samples without a verdict scored. If that is under way already, it runs once more. */
  detect(): void {
    this.#isDue = true;
    if (this.#isRunning) return;
    const { signal, logger } = this.#context;
    this.#run().catch((error: unknown) => {
      if (!signal.aborted) logger.error({ err: error }, "detection loop failed");
    });
  }

  /** Forgets what was sent: the next request opens a new stream. */
  restart(): void {
    this.#requester.restart();
  }

  async #run(): Promise<void> {
    const { clock, signal } = this.#context;
    this.#isRunning = true;
    try {
      while (this.#isDue && !signal.aborted) {
        await clock.sleep(TOGETHER_MS, signal);
        this.#isDue = false;
        await pRetry(() => this.#detectAll(), {
          retries: Number.POSITIVE_INFINITY,
          minTimeout: 250,
          maxTimeout: 5000,
          randomize: true,
          signal,
          onFailedAttempt: ({ error }) => this.#onFailure(error),
        });
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #detectAll(): Promise<void> {
    while (await this.#detectNext());
  }

  /** @returns whether more samples may be waiting */
  async #detectNext(): Promise<boolean> {
    const candidates = this.#candidates();
    try {
      const isAny = await this.#score(candidates);
      if (!this.#suspects) return isAny;
    } catch (error) {
      if (!isServiceError(error) || !isPermanent(error)) throw error;
      this.#onRefusal(candidates, error);
    }
    return true;
  }

  /** All series, or the next suspect after a refusal. */
  #candidates(): readonly Series[] {
    for (const suspect of this.#suspects ?? []) {
      if (suspect.backlog > 0 && this.series.has(suspect)) return [suspect];
      this.#suspects?.delete(suspect);
    }
    this.#suspects = undefined;
    return [...this.series];
  }

  async #score(candidates: readonly Series[]): Promise<boolean> {
    const { sinks, metrics, clock } = this.#context;
    const startedAtMs = performance.now();
    const answered = await this.#requester.next(candidates);
    if (!answered) return false;
    metrics.detectDuration.observe((performance.now() - startedAtMs) / 1000);
    const nowMs = clock.now();
    for (const { series, detected } of newVerdicts(answered.batch, answered.response)) {
      series.advance(detected.from + detected.samples.length);
      const live = withoutHistory(series, detected);
      for (const sink of sinks) sink.onVerdicts(series, live, nowMs);
    }
    for (const series of answered.checkpointed) {
      for (const sink of sinks) sink.onCheckpoint?.(series);
    }
    this.#loggedReasons.clear();
    this.#count("OK");
    return true;
  }

  /** Finds the series that a request was refused for, and sets it aside. */
  #onRefusal(candidates: readonly Series[], error: ServiceError): void {
    this.#count(grpcCodeName(error.code));
    const [only] = candidates;
    if (candidates.length > 1 || !only) {
      this.#suspects = new Set(candidates);
      return;
    }
    if (error.code === Status.FAILED_PRECONDITION && only.checkpoint) {
      only.checkpoint = undefined;
      this.#context.logger.warn(
        { series: only.id, err: error },
        "the detector can't use what was learnt of this series: it starts over with the samples at hand",
      );
      this.#context.onStartOver(only);
      return;
    }
    this.series.delete(only);
    this.setAside.add(only);
    this.#context.metrics.droppedSamples.inc(only.backlog);
    only.advance(only.samples.pushed);
    this.#context.logger.error(
      { series: only.id, err: error },
      "detector refused this series; it is set aside, unmonitored until the collector restarts",
    );
  }

  #onFailure(error: Error): void {
    // What fails because the collector stops is no failure.
    if (this.#context.signal.aborted) return;
    const hasCode = isServiceError(error) || error instanceof IncompleteResponseError;
    const code = hasCode ? grpcCodeName(error.code) : "Unknown";
    const reason = connectionError(error);
    const isNew = reason !== undefined && !this.#loggedReasons.has(reason);
    if (code !== this.#lastCode || isNew)
      this.#context.logger.warn({ err: error }, "detection failed; retrying, samples are buffered");
    if (reason !== undefined) this.#loggedReasons.add(reason);
    this.#count(code);
  }

  #count(code: string): void {
    this.#context.metrics.detectRequests.inc({ code });
    if (code === this.#lastCode) return;
    this.#lastCode = code;
    this.#context.onCode();
  }
}

/** Outliers of the past, and of what nobody sees, are no news. */
function withoutHistory({ liveFromMs, description }: Series, detected: Detected): Detected {
  const { samples, outliers, isEventOpen } = detected;
  if (description.isHidden) return { ...detected, outliers: [], isEventOpen: false };
  if ((samples[0]?.timeMs ?? liveFromMs) >= liveFromMs) return detected;
  const live = outliers.filter(({ sample }) => sample.timeMs >= liveFromMs);
  return { ...detected, outliers: live, isEventOpen: isEventOpen && live.length > 0 };
}

/** Why grpc-js has no connection, such as "certificate has expired", without its timestamp. */
const connectionError = ({ message }: Error): string | undefined =>
  /.*Last error: (?!null)(.*?)(?:\s\(\d{4}-|\. Resolution note:|$)/s.exec(message)?.[1];
