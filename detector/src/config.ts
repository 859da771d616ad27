import {
  choice,
  duration,
  integer,
  listenAddress,
  logLevel,
  parseEnv,
} from "@outliers/service/env";
import { checkTlsFiles, tlsFiles } from "@outliers/service/tls";
import { z } from "zod";

// Checked even when another variable is wrong, so that all errors come at once.
const when = () => true;

/** Every setting of the detector by its variable; `.env` documents them. */
export const variables = {
  DETECTOR_LISTEN_ADDRESS: listenAddress("127.0.0.1:9999"),
  DETECTOR_METRICS_LISTEN_ADDRESS: listenAddress("127.0.0.1:9465"),
  MAX_POINTS: integer(100_000, 1, 10_000_000),
  MAX_MESSAGE_BYTES: integer(4 * 1024 * 1024, 1024, 1024 * 1024 * 1024),
  MAX_RESPONSE_BYTES: integer(4 * 1024 * 1024, 1024, 1024 * 1024 * 1024),
  MAX_REQUEST_BYTES: integer(0, 0, 64 * 1024 * 1024 * 1024),
  REQUEST_TIMEOUT: duration("10s", "100ms", "1h"),
  MAX_WORK_TIME: duration("10s", "100ms", "1h"),
  MAX_CONNECTIONS: integer(1000, 1, 1_000_000),
  MAX_CONNECTION_AGE: duration("5s", "1s", "1h"),
  MAX_CALLS: integer(100, 1, 1_000_000),
  MAX_STREAMS: integer(1000, 1, 1_000_000),
  MAX_STREAM_AGE: duration("1h", "1s", "7d"),
  STREAM_IDLE_TIMEOUT: duration("10m", "1s", "1d"),
  MAX_STREAM_SERIES: integer(1000, 1, 1_000_000),
  MAX_SERIES: integer(0, 0, 10_000_000),
  ...tlsFiles,
  TLS_CLIENT_AUTH: choice("none", ["none", "require"]),
  SHUTDOWN_TIMEOUT: duration("8s", "100ms", "10m"),
  LOG_LEVEL: logLevel(),
};

const schema = z
  .object(variables)
  .superRefine(checkTlsFiles, { when })
  .refine(({ TLS_CLIENT_AUTH, TLS_CA }) => TLS_CLIENT_AUTH !== "require" || TLS_CA !== undefined, {
    path: ["TLS_CA"],
    message: "expected the path of a PEM file of the clients' CAs, as TLS_CLIENT_AUTH is require",
    when,
  })
  // Else the port would stay plaintext, although TLS was meant.
  .refine(
    ({ TLS_CLIENT_AUTH, TLS_CA, TLS_CERT, TLS_KEY }) =>
      (TLS_CLIENT_AUTH !== "require" && TLS_CA === undefined) ||
      (TLS_CERT ?? TLS_KEY) !== undefined,
    {
      path: ["TLS_CERT"],
      message:
        "expected the path of the certificate's PEM file, as TLS_CA or TLS_CLIENT_AUTH is set",
      when,
    },
  );

export type Config = z.output<typeof schema>;

/** @throws ConfigError */
export const parseConfig = (env: NodeJS.ProcessEnv): Config => parseEnv(schema, env);
