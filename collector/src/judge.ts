import type { ServiceError } from "@grpc/grpc-js";
import { grpcCodeName } from "@outliers/service/grpc-code";
import type { Logger } from "@outliers/service/logger";
import pRetry from "p-retry";
import { applyVerdicts, type Batch, buildBatch } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { DetectorClient } from "./detector-client.ts";
import type { Metrics } from "./metrics.ts";
import type { Series } from "./series.ts";

export type Judge = {
  /** Judges what has no verdict yet; while a round is under way, one more follows it. */
  wake(): void;
  /** The gRPC status code of the last detection; undefined before the first one. */
  lastCode(): string | undefined;
};

/**
 * Sends the windows for detection and applies the verdicts, one request at a time. While the
 * detector is away it retries with backoff, each time with the windows as they are by then.
 */
export function createJudge(
  series: () => Iterable<Series>,
  client: DetectorClient,
  metrics: Metrics,
  logger: Logger,
  clock: Clock,
  signal: AbortSignal,
): Judge {
  let lastCode: string | undefined;
  let isRunning = false;
  let isDue = false;

  async function round(): Promise<void> {
    for (;;) {
      const batch = buildBatch(series());
      if (batch.metrics.length === 0) return;
      await detect(batch);
    }
  }

  async function detect(batch: Batch): Promise<void> {
    const stop = metrics.detectDuration.startTimer();
    try {
      const indices = await client.detect(batch.metrics);
      metrics.detectRequests.inc({ code: "OK" });
      for (const { series: one, sample } of applyVerdicts(batch, indices, clock.now())) {
        const time = new Date(sample.timeMs).toISOString();
        logger.info({ series: one.name, time, value: sample.value }, "outlier");
      }
    } finally {
      stop();
    }
    metrics.detectorUp.set(1);
    if (lastCode !== undefined && lastCode !== "OK") logger.info("detector is back");
    lastCode = "OK";
  }

  function onFailure(error: Error): void {
    const code = isServiceError(error) ? grpcCodeName(error.code) : "Unknown";
    metrics.detectRequests.inc({ code });
    metrics.detectorUp.set(0);
    if (code !== lastCode)
      logger.warn({ err: error }, "detection fails: retrying, samples are kept");
    lastCode = code;
  }

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while (isDue && !signal.aborted) {
        isDue = false;
        await pRetry(round, {
          retries: Number.POSITIVE_INFINITY,
          minTimeout: 250,
          maxTimeout: 5000,
          randomize: true,
          signal,
          onFailedAttempt: ({ error }) => onFailure(error),
        });
      }
    } finally {
      isRunning = false;
    }
  }

  return {
    lastCode: () => lastCode,
    wake() {
      isDue = true;
      if (isRunning) return;
      run().catch((error: unknown) => {
        if (!signal.aborted) logger.error({ err: error }, "detection round failed");
      });
    },
  };
}

function isServiceError(error: Error): error is ServiceError {
  return "code" in error && typeof error.code === "number";
}
