import { hostname } from "node:os";
import { createDetectorClient } from "@outliers/client/detector-client";
import { WARM_UP_SAMPLES } from "@outliers/detection/adaptive";
import { exportExpiry } from "@outliers/service/certificate-expiry";
import { listening, runAsProcess } from "@outliers/service/lifecycle";
import { createLogger } from "@outliers/service/logger";
import { startOpsServer } from "@outliers/service/ops-server";
import { channelCredentials } from "@outliers/service/tls";
import { systemClock } from "./clock.ts";
import { type Config, parseConfig, variables } from "./config.ts";
import { capacityOf, createDetection, isStreaming, pastSamplesOf } from "./detection.ts";
import {
  exportHostName,
  exportNormalsFile,
  exportPageUrl,
  exportRemoteWrite,
  hideReloads,
} from "./metrics.ts";
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
    const hostName = config.HOST_NAME ?? hostname();
    const writing = remoteWriteOptions(config, hostName);
    const remoteWrite = writing && new RemoteWrite(writing, systemClock, logger);
    const pipeline = await startPipeline(
      {
        stateDir: config.STATE_DIR,
        normalsFile: config.NORMALS_FILE,
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
    exportHostName(registry, hostName);
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
    if (pipeline.normalsFile) exportNormalsFile(registry, pipeline.normalsFile);
    if (tls.certificates) exportExpiry("collector", registry, tls.certificates);
    const ops = await listening(
      "COLLECTOR_LISTEN_ADDRESS",
      startOpsServer(
        config.COLLECTOR_LISTEN_ADDRESS,
        registry,
        () => pipeline.readiness(),
        pageRoutes(
          { ...pipeline, warmUpSamples: warmUpOf(config), readOnly: readOnlyReason(config) },
          config.PAGE_URL,
        ),
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

/** How many samples a series needs before its first verdict. */
function warmUpOf({ METHOD, MIN_SAMPLES }: Config): number {
  return isStreaming(METHOD) ? WARM_UP_SAMPLES : MIN_SAMPLES;
}

/** Why nothing can be marked as normal; undefined when it can. */
function readOnlyReason({ METHOD, ALLOW_MARKING }: Config): string | undefined {
  if (!isStreaming(METHOD)) return `METHOD=${METHOD} learns nothing, so nothing can be marked`;
  return ALLOW_MARKING ? undefined : "ALLOW_MARKING is false: nothing can be marked here";
}
