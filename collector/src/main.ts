import { Method } from "@outliers/proto";
import { runAsProcess } from "@outliers/service/lifecycle";
import { createLogger } from "@outliers/service/logger";
import { startOpsServer } from "@outliers/service/ops-server";
import { systemClock } from "./clock.ts";
import { type Config, parseConfig } from "./config.ts";
import { createDetectorClient } from "./detector-client.ts";
import { startPipeline } from "./pipeline.ts";
import { hostSources } from "./sources/host.ts";

const methods = { sigma: Method.METHOD_SIGMA, mad: Method.METHOD_MAD } as const;

const connect = (config: Config) =>
  createDetectorClient(
    config.DETECTOR_ADDRESS,
    { method: methods[config.METHOD], threshold: config.THRESHOLD },
    config.DETECT_DEADLINE,
  );

await runAsProcess({
  parseConfig,
  createLogger: (config) => createLogger("collector", config.LOG_LEVEL),
  shutdownTimeoutMs: (config) => config.SHUTDOWN_TIMEOUT,
  async start(config, logger) {
    const client = connect(config);
    const pipeline = startPipeline(
      {
        sampleIntervalMs: config.SAMPLE_INTERVAL,
        detectIntervalMs: config.DETECT_INTERVAL,
        window: config.WINDOW,
        minSamples: config.MIN_SAMPLES,
        activeHoldMs: config.ACTIVE_HOLD,
      },
      hostSources(config.HOST_PROC, config.PER_CORE),
      client,
      systemClock,
      logger,
    );
    const { registry } = pipeline.metrics;
    const ops = await startOpsServer(config.COLLECTOR_LISTEN_ADDRESS, registry, () =>
      pipeline.readiness(),
    );
    logger.info({ port: ops.port, detector: config.DETECTOR_ADDRESS }, "collecting");
    return {
      async close() {
        await pipeline.close();
        client.close();
        await ops.close();
      },
    };
  },
});
