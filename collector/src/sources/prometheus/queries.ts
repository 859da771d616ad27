import { readFileSync } from "node:fs";
import type { Direction } from "@outliers/detection/method";
import { ConfigError } from "@outliers/service/env";
import type { Logger } from "@outliers/service/logger";
import pLimit from "p-limit";
import type { Clock } from "../../clock.ts";
import type { Metrics } from "../../metrics.ts";
import type { Source } from "../source.ts";
import { type PrometheusApi, prometheusApi } from "./http-api.ts";
import { readWithPresets } from "./presets.ts";
import type { Queries } from "./queries-file.ts";
import { querySource } from "./query-source.ts";

type Dependencies = {
  file: string;
  /** Where a query has none of its own. */
  direction: Direction;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Gets the sources when they have changed; those of queries that stayed are the same. */
  onChange: (sources: readonly Source[]) => Promise<void>;
};

/** The queries of a file, which is read again when it changes. */
export type WatchedQueries = {
  /** Reads the file again, even if it has not changed. */
  reload(): void;
  close(): Promise<void>;
};

const CHECK_INTERVAL_MS = 2000;
/** By default a Prometheus runs 20 queries at once: a quarter of them for us at most. */
const MAX_QUERIES = 4;
const MAX_PAST_QUERIES = 1;

/** Makes sources of queries, and of those that their file has later. */
export function watchQueries(first: Queries, deps: Dependencies): WatchedQueries {
  const { file, logger, clock, metrics, onChange } = deps;
  const limit = pLimit(MAX_QUERIES);
  const pastLimit = pLimit(MAX_PAST_QUERIES);
  let seen = contentOf(file);
  let connection: Queries["connection"];
  let api: PrometheusApi | undefined;
  let sources: readonly Source[] = [];
  let inUse: ReadonlySet<string> = new Set();
  let applied: Promise<void> = Promise.resolve();

  function apply(next: Queries): void {
    const before = api;
    const isSame = JSON.stringify(next.connection) === JSON.stringify(connection);
    connection = next.connection;
    if (!isSame) api = connection && prometheusApi(connection);
    sources = next.queries.flatMap((query) => {
      const identity = JSON.stringify(query);
      const known = sources.find((source) => source.stored?.identity === identity);
      if (isSame && known) return known;
      return api ? querySource(query, { ...deps, api, limit, pastLimit }) : [];
    });
    inUse = new Set(next.queries.map(({ expr }) => expr));
    const changed = sources;
    applied = applied
      .then(() => onChange(changed))
      .then(() => (before === api ? undefined : before?.close()));
    metrics.queryInfo.reset();
    for (const { name, expr } of next.queries)
      metrics.queryInfo.set({ query: name, expr: expr.trim() }, 1);
    metrics.reloadSuccess.set(1);
    metrics.reloadSuccessTime.set(clock.now() / 1000);
  }

  function reload(): void {
    seen = contentOf(file);
    try {
      const next = readWithPresets(file);
      // Those in use may work, and are no reason to refuse what was edited elsewhere.
      const added = next.syntaxErrors.filter(({ expr }) => !inUse.has(expr));
      if (added.length > 0) throw new ConfigError(notPromql(added));
      warnOf(next);
      apply(next);
      logger.info({ file, queries: sources.length }, "queries reloaded");
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      metrics.reloadSuccess.set(0);
      logger.warn({ file, err: error }, "queries are invalid; the previous ones stay in use");
    }
  }

  function warnOf({ syntaxErrors }: Queries): void {
    if (syntaxErrors.length > 0)
      logger.warn({ file }, `${notPromql(syntaxErrors)}\nthe server has the last word`);
  }

  warnOf(first);
  apply(first);
  const timer = setInterval(() => {
    if (contentOf(file) !== seen) reload();
  }, CHECK_INTERVAL_MS).unref();
  return {
    reload,
    async close() {
      clearInterval(timer);
      await applied;
      await api?.close();
    },
  };
}

const notPromql = (errors: Queries["syntaxErrors"]): string =>
  [
    "expressions that are no PromQL:",
    ...errors.map(({ message }) => `  ${message}`),
    "if the server understands them, as VictoriaMetrics does MetricsQL, set syntax: any",
  ].join("\n");

/** What to compare: that works for renames as well as for the symlinks that Kubernetes swaps. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return String(error);
  }
}
