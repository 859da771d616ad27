import { methodNames } from "@outliers/detection/methods";
import {
  boolean,
  choice,
  duration,
  grpcTarget,
  hostName,
  httpUrl,
  integer,
  list,
  listenAddress,
  logLevel,
  nonNegative,
  optional,
  parseEnv,
  positive,
  shutdownTimeout,
  text,
  timeZone,
  trigger,
} from "@outliers/service/env";
import { checkTlsFiles, tlsFiles } from "@outliers/service/tls";
import { z } from "zod";
import { checkRemoteWrite, remoteWriteVariables } from "./sinks/remote-write/settings.ts";
import { hostSourceNames } from "./sources/host-source-names.ts";
import { readWithPresets } from "./sources/prometheus/presets.ts";
import type { Queries } from "./sources/prometheus/queries-file.ts";

// Checked even when another variable is invalid, so that all errors are reported at once.
const when = () => true;

const DEFAULT_HOLD_MS = 30_000;

/** Long enough for a series with an outlier at every sample to stay active throughout. */
const minHoldMs = (config: { SAMPLE_INTERVAL: number; DETECT_INTERVAL: number }): number =>
  2 * Math.max(config.SAMPLE_INTERVAL, config.DETECT_INTERVAL);

/** Every setting of the collector, by its variable. `docs/settings.md` is generated from it. */
export const variables = {
  SAMPLE_INTERVAL: duration("1s", "100ms", "1h").describe(
    "Time between two samples. Samples are aligned to the wall clock.",
  ),
  SOURCES: list(hostSourceNames).describe("What to sample of the host."),
  QUERIES_FILE: optional(text("", "the path of a YAML file")).describe(
    "PromQL queries whose series are watched too (docs/queries.md). If empty: none, and queries.yml with Compose.",
  ),
  PER_CORE: boolean(false).describe("Whether to add a series for every core."),
  DETECT_INTERVAL: duration("1s", "100ms", "1h").describe(
    "Minimum time between two detections. Detection starts when a sample arrives.",
  ),
  DETECT_DEADLINE: duration("2s", "10ms", "1m").describe(
    "Deadline of a detection request, including the channel's retries. Requests that catch up on many samples have at least 30s.",
  ),
  METHOD: choice("adaptive", methodNames).describe("The detection method (docs/detection.md)."),
  SENSITIVITY: positive(0.1, "false positives per series and day", 1000).describe(
    "For adaptive: how many false positives to accept per series and day on normal data. Higher values detect more.",
  ),
  DIRECTION: choice("both", ["both", "up", "down"]).describe(
    "Which outliers count: those above what is expected (up), those below it (down), or both.",
  ),
  MIN_DEVIATION: optional(nonNegative(0, "in the unit of the series")).describe(
    "Minimum difference between an outlier and the expected value. If empty, every series has its own: 2 for percentages, 0.5 for load1.",
  ),
  TIME_ZONE: timeZone("UTC").describe(
    "The time zone whose days the series follow: in it, a nightly job is expected at its hour.",
  ),
  TRIGGER: trigger("1/1", 1000).describe(
    "k/n: an outlier counts only if at least k of the last n samples are outliers.",
  ),
  WINDOW: integer(300, 2, 10_000).describe("For sigma and mad: samples that are scored together."),
  MIN_SAMPLES: integer(30, 1, 10_000).describe(
    "For sigma and mad: samples needed before the first verdict; at most WINDOW.",
  ),
  THRESHOLD: nonNegative(0, "0: the method's default").describe(
    "For sigma and mad: the z-score, or modified z-score, above which a sample is an outlier. The defaults are 2 and 3.5.",
  ),
  ACTIVE_HOLD: optional(duration("30s", "1s", "1d")).describe(
    "How long outliers_active stays 1 after an outlier; longer than the scrape interval, or Prometheus may miss it. If empty: 30s, or three times SAMPLE_INTERVAL or DETECT_INTERVAL if that is longer.",
  ),
  COLLECTOR_LISTEN_ADDRESS: listenAddress("127.0.0.1:9464").describe(
    "Where the collector serves its page, /metrics, /healthz and /readyz.",
  ),
  HOST_NAME: optional(hostName()).describe(
    "The name of the host that the collector samples. It is the label instance in Compose's Prometheus and in what is written by remote write. If empty: the host's own.",
  ),
  PAGE_URL: httpUrl().describe(
    "URL of the collector's live page, for links in dashboards. If empty, they link to the label instance where that has a port.",
  ),
  DETECTOR_ADDRESS: grpcTarget("dns:///127.0.0.1:9999").describe(
    "The detector. It is called directly, never through http_proxy.",
  ),
  HOST_PROC: text("/proc", "a folder").describe(
    "Where the host's /proc is mounted. The collector reads stat, loadavg and meminfo.",
  ),
  STATE_DIR: optional(text("", "a folder that the collector may write to")).describe(
    "Where the collector keeps the state of its series, so that a restart needs no warm-up. If empty: the user's state directory with `make start`, otherwise nowhere.",
  ),
  NORMALS_FILE: optional(text("", "the path of a YAML or JSON file")).describe(
    "A file that lists periods that were normal, with method adaptive (docs/runbook.md). It is read again when it changes.",
  ),
  ALLOW_MARKING: boolean(true).describe(
    "Whether everyone who can reach the page may mark what was normal, there and by `outliers ack`. NORMALS_FILE counts either way.",
  ),
  ...tlsFiles,
  ...remoteWriteVariables,
  SHUTDOWN_TIMEOUT: shutdownTimeout(),
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
  .refine(({ NORMALS_FILE, METHOD }) => NORMALS_FILE === undefined || METHOD === "adaptive", {
    path: ["NORMALS_FILE"],
    message: "expected nothing: only METHOD=adaptive learns what was normal",
    when,
  })
  .refine(({ SOURCES, QUERIES_FILE }) => SOURCES?.length !== 0 || QUERIES_FILE !== undefined, {
    path: ["SOURCES"],
    message: "expected QUERIES_FILE besides, or there is nothing to watch",
    when,
  })
  .superRefine(checkTlsFiles, { when })
  .superRefine(checkRemoteWrite, { when })
  .refine(({ TLS_CERT, TLS_CA }) => TLS_CERT === undefined || TLS_CA !== undefined, {
    path: ["TLS_CA"],
    message: "expected the path of a PEM file with the detector's CA: TLS is off without it",
    when,
  })
  .transform((config) => ({
    ...config,
    ACTIVE_HOLD: config.ACTIVE_HOLD ?? Math.max(DEFAULT_HOLD_MS, 1.5 * minHoldMs(config)),
  }));

export type Config = z.output<typeof schema> & {
  /** What QUERIES_FILE has; undefined without one. */
  queries: Queries | undefined;
};

/** @throws ConfigError */
export function parseConfig(env: NodeJS.ProcessEnv): Config {
  const config = parseEnv(schema, env);
  const { QUERIES_FILE: file } = config;
  return { ...config, queries: file === undefined ? undefined : readWithPresets(file) };
}
