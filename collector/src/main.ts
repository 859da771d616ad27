import type { ChannelCredentials } from "@grpc/grpc-js";
import { Direction, Method } from "@outliers/proto";
import { listening, runAsProcess } from "@outliers/service/lifecycle";
import { createLogger } from "@outliers/service/logger";
import { startOpsServer } from "@outliers/service/ops-server";
import { channelCredentials } from "@outliers/service/tls";
import { systemClock } from "./clock.ts";
import { type Config, parseConfig } from "./config.ts";
import { STREAM_CAPACITY, streamDetection, windowDetection } from "./detection.ts";
import { createDetectorClient } from "./detector-client.ts";
import { exportPageUrl } from "./metrics.ts";
import { pageRoutes } from "./page/page.ts";
import { startPipeline } from "./pipeline.ts";
import { hostSources } from "./sources/host.ts";

const methods = {
  adaptive: Method.METHOD_ADAPTIVE,
  sigma: Method.METHOD_SIGMA,
  mad: Method.METHOD_MAD,
} as const;

const directions = {
  both: Direction.DIRECTION_BOTH,
  up: Direction.DIRECTION_UP,
  down: Direction.DIRECTION_DOWN,
} as const;

const connect = (config: Config, credentials: ChannelCredentials) =>
  createDetectorClient(
    config.DETECTOR_ADDRESS,
    {
      method: methods[config.METHOD],
      threshold: config.THRESHOLD,
      sensitivity: config.SENSITIVITY,
      sampleInterval: toDuration(config.SAMPLE_INTERVAL),
      includeScores: true,
      direction: directions[config.DIRECTION],
      minDeviation: config.MIN_DEVIATION,
      trigger: config.TRIGGER,
    },
    config.DETECT_DEADLINE,
    credentials,
  );

const toDuration = (durationMs: number) => ({
  seconds: Math.floor(durationMs / 1000),
  nanos: (durationMs % 1000) * 1e6,
});

await runAsProcess({
  parseConfig,
  createLogger: (config) => createLogger("collector", config.LOG_LEVEL),
  shutdownTimeoutMs: (config) => config.SHUTDOWN_TIMEOUT,
  async start(config, logger) {
    const tls = channelCredentials(config, logger);
    const client = connect(config, tls.credentials);
    const isStreaming = config.METHOD === "adaptive";
    const pipeline = startPipeline(
      {
        sampleIntervalMs: config.SAMPLE_INTERVAL,
        detectIntervalMs: config.DETECT_INTERVAL,
        capacity: isStreaming ? STREAM_CAPACITY : config.WINDOW,
        shownIntervals: config.WINDOW,
        activeHoldMs: config.ACTIVE_HOLD,
      },
      hostSources(config.HOST_PROC, config.PER_CORE),
      (onOpen) =>
        isStreaming
          ? streamDetection(client, onOpen)
          : windowDetection(client, config.WINDOW, config.MIN_SAMPLES),
      systemClock,
      logger,
    );
    const { registry } = pipeline.metrics;
    if (config.PAGE_URL !== undefined) exportPageUrl(registry, config.PAGE_URL);
    const ops = await listening(
      "COLLECTOR_LISTEN_ADDRESS",
      startOpsServer(
        config.COLLECTOR_LISTEN_ADDRESS,
        registry,
        () => pipeline.readiness(),
        pageRoutes(pipeline),
      ),
    );
    logger.info({ port: ops.port, detector: config.DETECTOR_ADDRESS }, "collecting");
    return {
      async close() {
        await pipeline.close();
        client.close();
        tls.close();
        await ops.close();
      },
    };
  },
});
