import { listening, runAsProcess } from "@outliers/service/lifecycle";
import { createLogger } from "@outliers/service/logger";
import { startOpsServer } from "@outliers/service/ops-server";
import { serverCredentials } from "@outliers/service/tls";
import { parseConfig } from "./config.ts";
import { createMetrics, exportLimits } from "./metrics.ts";
import { startServer } from "./server.ts";

await runAsProcess({
  parseConfig,
  createLogger: (config) => createLogger("detector", config.LOG_LEVEL),
  shutdownTimeoutMs: (config) => config.SHUTDOWN_TIMEOUT,
  async start(config, logger) {
    const metrics = createMetrics();
    exportLimits(metrics.registry, { maxStreams: config.MAX_STREAMS });
    let serving = false;
    const ops = await listening(
      "DETECTOR_METRICS_LISTEN_ADDRESS",
      startOpsServer(config.DETECTOR_METRICS_LISTEN_ADDRESS, metrics.registry, () =>
        serving ? { ready: true, reason: "ok" } : { ready: false, reason: "not serving" },
      ),
    );
    const tls = serverCredentials(config, config.TLS_CLIENT_AUTH === "require", logger);
    const server = await listening(
      "DETECTOR_LISTEN_ADDRESS",
      startServer(
        {
          address: config.DETECTOR_LISTEN_ADDRESS,
          credentials: tls.credentials,
          maxPoints: config.MAX_POINTS,
          maxMessageBytes: config.MAX_MESSAGE_BYTES,
          maxConnectionAgeMs: config.MAX_CONNECTION_AGE,
          calls: { maxCalls: config.MAX_CALLS, maxStreams: config.MAX_STREAMS },
          streams: {
            maxSeries: config.MAX_STREAM_SERIES,
            idleTimeoutMs: config.STREAM_IDLE_TIMEOUT,
            maxAgeMs: config.MAX_STREAM_AGE,
          },
          // Room to close the rest before the process's own limit.
          drainTimeoutMs: config.SHUTDOWN_TIMEOUT * 0.8,
        },
        metrics,
        logger,
      ),
    );
    serving = true;
    logger.info({ grpcPort: server.port, metricsPort: ops.port }, "serving");
    return {
      async close() {
        serving = false;
        await server.close();
        tls.close();
        await ops.close();
      },
    };
  },
});
