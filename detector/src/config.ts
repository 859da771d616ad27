import { duration, integer, listenAddress, logLevel, parseEnv } from "@outliers/service/env";
import { z } from "zod";

/** Every knob of the detector; `.env` documents them. */
export const schema = z.object({
  DETECTOR_LISTEN_ADDRESS: listenAddress("127.0.0.1:9999"),
  DETECTOR_METRICS_LISTEN_ADDRESS: listenAddress("127.0.0.1:9465"),
  MAX_POINTS: integer(100_000, 1, 10_000_000),
  MAX_MESSAGE_BYTES: integer(4 * 1024 * 1024, 1024, 1024 * 1024 * 1024),
  MAX_CONNECTION_AGE: duration("5s", "1s", "1h"),
  MAX_CALLS: integer(100, 1, 1_000_000),
  MAX_STREAMS: integer(1000, 1, 1_000_000),
  MAX_STREAM_AGE: duration("1h", "1s", "7d"),
  STREAM_IDLE_TIMEOUT: duration("10m", "1s", "1d"),
  MAX_STREAM_SERIES: integer(1000, 1, 1_000_000),
  SHUTDOWN_TIMEOUT: duration("8s", "100ms", "10m"),
  LOG_LEVEL: logLevel(),
});

export type Config = z.output<typeof schema>;

/** @throws ConfigError */
export const parseConfig = (env: NodeJS.ProcessEnv): Config => parseEnv(schema, env);
