import {
  choice,
  duration,
  flag,
  httpUrl,
  integer,
  listenAddress,
  logLevel,
  nonNegative,
  parseEnv,
  positive,
  text,
  trigger,
} from "@outliers/service/env";
import { checkTlsFiles, tlsFiles } from "@outliers/service/tls";
import { z } from "zod";

// Checked even when another variable is wrong, so that all errors come at once.
const when = () => true;

/** Every knob of the collector; `.env` documents them. */
export const schema = z
  .object({
    COLLECTOR_LISTEN_ADDRESS: listenAddress("127.0.0.1:9464"),
    PAGE_URL: httpUrl(),
    DETECTOR_ADDRESS: text("dns:///127.0.0.1:9999", "a gRPC target such as dns:///detector:9999"),
    HOST_PROC: text("/proc", "a folder"),
    SAMPLE_INTERVAL: duration("1s", "100ms", "1h"),
    DETECT_INTERVAL: duration("1s", "100ms", "1h"),
    DETECT_DEADLINE: duration("2s", "10ms", "1m"),
    PER_CORE: flag(false),
    METHOD: choice("adaptive", ["adaptive", "sigma", "mad"]),
    SENSITIVITY: positive(0.1, "false alarms per day and series", 1000),
    DIRECTION: choice("both", ["both", "up", "down"]),
    MIN_DEVIATION: nonNegative(2, "in the unit of the series"),
    TRIGGER: trigger("1/1", 1000),
    WINDOW: integer(300, 2, 10_000),
    MIN_SAMPLES: integer(30, 1, 10_000),
    THRESHOLD: nonNegative(0, "0: the method's default"),
    ACTIVE_HOLD: duration("30s", "1s", "1h"),
    ...tlsFiles,
    SHUTDOWN_TIMEOUT: duration("8s", "100ms", "10m"),
    LOG_LEVEL: logLevel(),
  })
  .refine(({ MIN_SAMPLES, WINDOW }) => !(MIN_SAMPLES > WINDOW), {
    path: ["MIN_SAMPLES"],
    message: "expected at most WINDOW, or no window would ever be judged",
    when,
  })
  .superRefine(checkTlsFiles, { when })
  .refine(({ TLS_CERT, TLS_CA }) => TLS_CERT === undefined || TLS_CA !== undefined, {
    path: ["TLS_CA"],
    message: "expected the path of a PEM file of the detector's CA, as TLS is off without it",
    when,
  });

export type Config = z.output<typeof schema>;

/** @throws ConfigError */
export const parseConfig = (env: NodeJS.ProcessEnv): Config => parseEnv(schema, env);
