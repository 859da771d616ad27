import { readQueries } from "@outliers/collector/sources/prometheus/queries-file";
import { ConfigError } from "@outliers/service/env";
import { type Finding, ok, problem } from "./finding.ts";

/** Whether a file of PromQL queries is one that a collector takes. */
export function checkQueries(file: string): Finding[] {
  try {
    const { queries, presets, connection } = readQueries(file);
    const where = connection === undefined ? "" : ` for the Prometheus at ${connection.url}`;
    const andPresets = presets.length > 0 ? ` and the presets ${presets.join(", ")}` : "";
    return [
      ok(
        `${file} is valid: ${queries.length} ${queries.length === 1 ? "query" : "queries"}${andPresets}${where}`,
      ),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [, ...errors] = error.message.split("\n");
    return errors.map((text) =>
      problem(
        text.trim(),
        "docs/queries.md explains every field; the collector keeps its last valid queries",
      ),
    );
  }
}
