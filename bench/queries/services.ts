import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCollector, startDetector } from "../speed/services.ts";
import { METRIC, queryOf, SERIES_PER_TARGET, targetsOf } from "./series.ts";

/** What is watched, and how often. */
export type Watch = { url: string; series: number; interval: string };

/**
 * A detector, and a collector that watches the synthetic series: a query for each thousand.
 * @param folder where to write the file of queries
 */
export async function startWatch(folder: string, { url, series, interval }: Watch) {
  const queries = Array.from({ length: targetsOf(series) }, (_, instance) => ({
    name: queryOf(instance),
    expr: `${METRIC}{instance="${instance}"}`,
    interval,
    limit: SERIES_PER_TARGET,
  }));
  const file = join(folder, "queries.yml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ url, queries }));
  const detector = await startDetector({ MAX_SERIES: String(series) });
  const collector = await startCollector(detector.address, {
    SOURCES: "none",
    QUERIES_FILE: file,
    STATE_DIR: join(folder, "state"),
  });
  return {
    detector,
    collector,
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]();
      await detector[Symbol.asyncDispose]();
    },
  };
}

/** The sum of the samples of a family. */
export function sumOf(metrics: string, family: string): number {
  const samples = [...metrics.matchAll(new RegExp(`^${family}(?:{.*})? (\\S+)$`, "gm"))];
  return samples.reduce((sum, [, value]) => sum + Number(value), 0);
}
