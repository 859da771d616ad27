import type { ServiceError } from "@grpc/grpc-js";
import { grpcCodeName } from "@outliers/service/grpc-code";
import type { Logger } from "@outliers/service/logger";
import pRetry from "p-retry";
import type { AlarmLog } from "./alarm-log.ts";
import { applyVerdicts } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { Detection } from "./detection.ts";
import type { Metrics } from "./metrics.ts";
import type { Flag, Series } from "./series.ts";

export type Judge = {
  /** Judges what has no verdict yet; while a round is under way, one more follows it. */
  wake(): void;
  /** The gRPC status code of the last detection; undefined before the first one. */
  lastCode(): string | undefined;
};

/**
 * Has the samples judged and applies the verdicts, one request at a time. While the detector is
 * away it retries with backoff, each time with the samples as they are by then.
 */
export function createJudge(
  series: () => Iterable<Series>,
  detection: Detection,
  metrics: Metrics,
  alarms: AlarmLog,
  logger: Logger,
  clock: Clock,
  signal: AbortSignal,
): Judge {
  let lastCode: string | undefined;
  /** Why there was no connection since detection last succeeded: each reason is logged once. */
  const toldReasons = new Set<string>();
  let isRunning = false;
  let isDue = false;

  async function round(): Promise<void> {
    while (await detect());
  }

  /** @returns whether there was anything to judge */
  async function detect(): Promise<boolean> {
    const startedAtMs = performance.now();
    const judged = await detection.next(series());
    if (!judged) return false;
    metrics.detectDuration.observe((performance.now() - startedAtMs) / 1000);
    metrics.detectRequests.inc({ code: "OK" });
    for (const { series: one, flag } of applyVerdicts(judged.batch, judged.response, clock.now())) {
      alarms.push(one.name, flag);
      logFlag(one.name, flag);
    }
    metrics.detectorUp.set(1);
    if (lastCode !== undefined && lastCode !== "OK") logger.info("detector is back");
    toldReasons.clear();
    lastCode = "OK";
    return true;
  }

  function logFlag(name: string, { sample, verdict, direction, reason }: Flag): void {
    const sampledAt = new Date(sample.timeMs).toISOString();
    logger.info(
      { series: name, sampledAt, value: sample.value, ...verdict, direction, reason },
      "outlier",
    );
  }

  function onFailure(error: Error): void {
    const code = isServiceError(error) ? grpcCodeName(error.code) : "Unknown";
    metrics.detectRequests.inc({ code });
    metrics.detectorUp.set(0);
    const reason = connectionError(error);
    if (code !== lastCode || (reason !== undefined && !toldReasons.has(reason))) {
      logger.warn({ err: error }, "detection fails: retrying, samples are kept");
    }
    if (reason !== undefined) toldReasons.add(reason);
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

/** Why grpc-js has no connection, such as "certificate has expired"; without the time it adds. */
const connectionError = ({ message }: Error): string | undefined =>
  /.*Last error: (?!null)(.*?)(?:\s\(\d{4}-|\. Resolution note:|$)/s.exec(message)?.[1];
