import { createDetectorClient } from "@outliers/client/detector-client";
import { exportExpiry } from "@outliers/service/certificate-expiry";
import { listening, runAsProcess } from "@outliers/service/lifecycle";
import { createLogger } from "@outliers/service/logger";
import { startOpsServer } from "@outliers/service/ops-server";
import { channelCredentials } from "@outliers/service/tls";
import { systemClock } from "./clock.ts";
import { parseConfig, variables } from "./config.ts";
import { capacityOf, createDetection, pastSamplesOf } from "./detection.ts";
import { exportPageUrl, exportRemoteWrite, hideReloads } from "./metrics.ts";
import { pageRoutes } from "./page/page.ts";
import { startPipeline } from "./pipeline.ts";
import { RemoteWrite } from "./sinks/remote-write/remote-write.ts";
import { remoteWriteOptions } from "./sinks/remote-write/settings.ts";
import { createHostSources } from "./sources/host.ts";
import { watchQueries } from "./sources/prometheus/queries.ts";

await runAsProcess({
  parseConfig,
  variables: Object.keys(variables),
  createLogger: (config) => createLogger("collector", config.LOG_LEVEL),
  shutdownTimeoutMs: (config) => config.SHUTDOWN_TIMEOUT,
  async start(config, logger) {
    const tls = channelCredentials(config, logger);
    const client = createDetectorClient(
      config.DETECTOR_ADDRESS,
      config.DETECT_DEADLINE,
      tls.credentials,
    );
    const hostSources = createHostSources(config.SOURCES, {
      hostProc: config.HOST_PROC,
      perCore: config.PER_CORE,
      intervalMs: config.SAMPLE_INTERVAL,
      direction: config.DIRECTION,
      minDeviation: config.MIN_DEVIATION,
    });
    const detection = {
      method: config.METHOD,
      threshold: config.THRESHOLD,
      sensitivity: config.SENSITIVITY,
      trigger: config.TRIGGER,
      timeZone: config.TIME_ZONE,
      window: config.WINDOW,
      minSamples: config.MIN_SAMPLES,
      detectIntervalMs: config.DETECT_INTERVAL,
    };
    const writing = remoteWriteOptions(config);
    const remoteWrite = writing && new RemoteWrite(writing, systemClock, logger);
    const pipeline = await startPipeline(
      {
        stateDir: config.STATE_DIR,
        detectIntervalMs: config.DETECT_INTERVAL,
        capacity: capacityOf(detection),
        shownIntervals: config.WINDOW,
        pastSamples: pastSamplesOf(detection),
        activeHoldMs: config.ACTIVE_HOLD,
        sinks: remoteWrite ? [remoteWrite] : [],
      },
      hostSources,
      (context, onStream) => createDetection(detection, client, onStream, context),
      systemClock,
      logger,
    );
    const { registry } = pipeline.metrics;
    if (remoteWrite) exportRemoteWrite(registry, remoteWrite.tally);
    const queries =
      config.QUERIES_FILE !== undefined &&
      config.queries &&
      watchQueries(config.queries, {
        file: config.QUERIES_FILE,
        direction: config.DIRECTION,
        clock: systemClock,
        logger,
        metrics: pipeline.metrics,
        onChange: (sources) => pipeline.replaceSources([...hostSources, ...sources]),
      });
    if (queries) process.on("SIGHUP", () => queries.reload());
    else hideReloads(registry);
    if (config.PAGE_URL !== undefined) exportPageUrl(registry, config.PAGE_URL);
    if (tls.certificates) exportExpiry("collector", registry, tls.certificates);
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
        if (queries) await queries.close();
        // The rest of the time limit is for the others.
        await remoteWrite?.close(0.75 * config.SHUTDOWN_TIMEOUT);
        client.close();
        tls.close();
        await ops.close();
      },
    };
  },
});
