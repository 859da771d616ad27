import { exportExpiry } from "@outliers/service/certificate-expiry";
import { listening, runAsProcess } from "@outliers/service/lifecycle";
import { createLogger } from "@outliers/service/logger";
import { startOpsServer } from "@outliers/service/ops-server";
import { serverCredentials } from "@outliers/service/tls";
import { availableBytes, capacityOf, heapBytes } from "./capacity.ts";
import { parseConfig, variables } from "./config.ts";
import { createMetrics } from "./metrics.ts";
import { startServer } from "./server.ts";

await runAsProcess({
  parseConfig,
  variables: Object.keys(variables),
  createLogger: (config) => createLogger("detector", config.LOG_LEVEL),
  shutdownTimeoutMs: (config) => config.SHUTDOWN_TIMEOUT,
  async start(config, logger) {
    const metrics = createMetrics();
    let serving = false;
    const ops = await listening(
      "DETECTOR_METRICS_LISTEN_ADDRESS",
      startOpsServer(config.DETECTOR_METRICS_LISTEN_ADDRESS, metrics.registry, () =>
        serving ? { ready: true, reason: "ok" } : { ready: false, reason: "not serving" },
      ),
    );
    const capacity = capacityOf(availableBytes(), heapBytes(), {
      messageBytes: config.MAX_MESSAGE_BYTES,
      connections: config.MAX_CONNECTIONS,
    });
    const tls = serverCredentials(config, config.TLS_CLIENT_AUTH === "require", logger);
    if (tls.certificates) exportExpiry("detector", metrics.registry, tls.certificates);
    const server = await listening(
      "DETECTOR_LISTEN_ADDRESS",
      startServer(
        {
          address: config.DETECTOR_LISTEN_ADDRESS,
          credentials: tls.credentials,
          maxPoints: config.MAX_POINTS,
          maxMessageBytes: config.MAX_MESSAGE_BYTES,
          maxResponseBytes: config.MAX_RESPONSE_BYTES,
          maxConnectionAgeMs: config.MAX_CONNECTION_AGE,
          maxConnections: config.MAX_CONNECTIONS,
          maxSeries: config.MAX_SERIES || capacity.series,
          calls: {
            maxCalls: config.MAX_CALLS,
            maxStreams: config.MAX_STREAMS,
            maxRequestBytes: config.MAX_REQUEST_BYTES || capacity.requestBytes,
            requestTimeoutMs: config.REQUEST_TIMEOUT,
          },
          streams: {
            maxSeries: config.MAX_STREAM_SERIES,
            idleTimeoutMs: config.STREAM_IDLE_TIMEOUT,
            maxAgeMs: config.MAX_STREAM_AGE,
          },
          longWork: { maxWorkMs: config.MAX_WORK_TIME, maxMemoryMib: capacity.longWorkMib },
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
