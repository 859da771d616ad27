import { methodNames } from "@outliers/detection/methods";
import {
  choice,
  duration,
  flag,
  grpcTarget,
  httpUrl,
  integer,
  list,
  listenAddress,
  logLevel,
  nonNegative,
  optional,
  parseEnv,
  positive,
  text,
  trigger,
} from "@outliers/service/env";
import { checkTlsFiles, tlsFiles } from "@outliers/service/tls";
import { z } from "zod";
import { hostSourceNames } from "./sources/host.ts";

// Checked even when another variable is invalid, so that all errors are reported at once.
const when = () => true;

const DEFAULT_HOLD_MS = 30_000;

/** Long enough for a series with an outlier at every sample to stay active throughout. */
const minHoldMs = (config: { SAMPLE_INTERVAL: number; DETECT_INTERVAL: number }): number =>
  2 * Math.max(config.SAMPLE_INTERVAL, config.DETECT_INTERVAL);

/** Every setting of the collector by its variable; `.env` documents them. */
export const variables = {
  COLLECTOR_LISTEN_ADDRESS: listenAddress("127.0.0.1:9464"),
  PAGE_URL: httpUrl(),
  DETECTOR_ADDRESS: grpcTarget("dns:///127.0.0.1:9999"),
  HOST_PROC: text("/proc", "a folder"),
  SAMPLE_INTERVAL: duration("1s", "100ms", "1h"),
  DETECT_INTERVAL: duration("1s", "100ms", "1h"),
  DETECT_DEADLINE: duration("2s", "10ms", "1m"),
  SOURCES: list(hostSourceNames),
  PER_CORE: flag(false),
  METHOD: choice("adaptive", methodNames),
  SENSITIVITY: positive(0.1, "false alarms per day and series", 1000),
  DIRECTION: choice("both", ["both", "up", "down"]),
  MIN_DEVIATION: optional(nonNegative(0, "in the unit of the series")),
  TRIGGER: trigger("1/1", 1000),
  WINDOW: integer(300, 2, 10_000),
  MIN_SAMPLES: integer(30, 1, 10_000),
  THRESHOLD: nonNegative(0, "0: the method's default"),
  ACTIVE_HOLD: optional(duration("30s", "1s", "1d")),
  ...tlsFiles,
  SHUTDOWN_TIMEOUT: duration("8s", "100ms", "10m"),
  LOG_LEVEL: logLevel(),
};

const schema = z
  .object(variables)
  .refine(({ MIN_SAMPLES, WINDOW }) => !(MIN_SAMPLES > WINDOW), {
    path: ["MIN_SAMPLES"],
    message: "expected at most WINDOW: no window would ever hold enough samples to be scored",
    when,
  })
  .refine((config) => !(config.ACTIVE_HOLD && config.ACTIVE_HOLD < minHoldMs(config)), {
    path: ["ACTIVE_HOLD"],
    message:
      "expected at least twice SAMPLE_INTERVAL and DETECT_INTERVAL: it would end between two consecutive outliers",
    when,
  })
  .superRefine(checkTlsFiles, { when })
  .refine(({ TLS_CERT, TLS_CA }) => TLS_CERT === undefined || TLS_CA !== undefined, {
    path: ["TLS_CA"],
    message: "expected the path of a PEM file with the detector's CA: TLS is off without it",
    when,
  })
  .transform((config) => ({
    ...config,
    ACTIVE_HOLD: config.ACTIVE_HOLD ?? Math.max(DEFAULT_HOLD_MS, 1.5 * minHoldMs(config)),
  }));

export type Config = z.output<typeof schema>;

/** @throws ConfigError */
export const parseConfig = (env: NodeJS.ProcessEnv): Config => parseEnv(schema, env);
