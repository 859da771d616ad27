import {
  choice,
  duration,
  integer,
  listenAddress,
  logLevel,
  parseEnv,
  shutdownTimeout,
} from "@outliers/service/env";
import { checkTlsFiles, tlsFiles } from "@outliers/service/tls";
import { z } from "zod";

// Checked even when another variable is wrong, so that all errors come at once.
const when = () => true;

/** Every setting of the detector, by its variable. `docs/settings.md` is generated from it. */
export const variables = {
  MAX_POINTS: integer(100_000, 1, 10_000_000).describe("Maximum number of metrics per request."),
  MAX_MESSAGE_BYTES: integer(4 * 1024 * 1024, 1024, 1024 * 1024 * 1024).describe(
    "Maximum size of a request, in bytes.",
  ),
  MAX_RESPONSE_BYTES: integer(4 * 1024 * 1024, 1024, 1024 * 1024 * 1024).describe(
    "Maximum size of a response, in bytes. gRPC clients accept 4 MiB by default.",
  ),
  MAX_REQUEST_BYTES: integer(0, 0, 64 * 1024 * 1024 * 1024).describe(
    "Maximum size of all requests and responses under way in a replica, in bytes. 0: a tenth of its memory limit.",
  ),
  REQUEST_TIMEOUT: duration("10s", "100ms", "1h").describe(
    "How long a client may take to send a request, or the first one on a stream, and to read a response.",
  ),
  MAX_WORK_TIME: duration("10s", "100ms", "1h").describe("Maximum time spent on a unary request."),
  MAX_CONNECTIONS: integer(1000, 1, 1_000_000).describe(
    "Maximum number of connections to a replica. A single address may open half of them; clients behind one NAT or proxy count as one address.",
  ),
  MAX_CONNECTION_AGE: duration("5s", "1s", "1h").describe(
    "Age at which connections are renewed, so that clients find new replicas.",
  ),
  MAX_CALLS: integer(100, 1, 1_000_000).describe(
    "Maximum number of unary calls in flight in a replica; more are refused.",
  ),
  MAX_STREAMS: integer(1000, 1, 1_000_000).describe(
    "Maximum number of open streams in a replica; more are refused.",
  ),
  MAX_STREAM_AGE: duration("1h", "1s", "7d").describe(
    "Age at which streams are ended, so that clients move to new replicas. The collector moves its streams sooner, about 10 s after new replicas appear in DNS.",
  ),
  STREAM_IDLE_TIMEOUT: duration("10m", "1s", "1d").describe(
    "How long a stream may go without a request.",
  ),
  MAX_STREAM_SERIES: integer(1000, 1, 1_000_000).describe("Maximum number of series per stream."),
  MAX_SERIES: integer(0, 0, 10_000_000).describe(
    "Maximum number of series of all streams of a replica. 0: as many as fit into its memory limit, about 1,700 in 256 MiB.",
  ),
  DETECTOR_LISTEN_ADDRESS: listenAddress("127.0.0.1:9999").describe(
    "Where the detector serves gRPC.",
  ),
  DETECTOR_METRICS_LISTEN_ADDRESS: listenAddress("127.0.0.1:9465").describe(
    "Where the detector serves /metrics, /healthz and /readyz.",
  ),
  ...tlsFiles,
  TLS_CLIENT_AUTH: choice("none", ["none", "require"]).describe(
    "Whether the detector's clients need a certificate that TLS_CA verifies.",
  ),
  SHUTDOWN_TIMEOUT: shutdownTimeout(),
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
