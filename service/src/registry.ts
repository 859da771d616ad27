import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { build } from "./build.ts";

/** A registry with the process defaults and `<service>_build_info`; a new one if none is given. */
export function createRegistry(service: string, registry: Registry = new Registry()): Registry {
  collectDefaultMetrics({ register: registry });
  // Gauges named like counters, which promtool rejects; nodejs_active_resources has the same figures.
  for (const kind of ["handles", "requests", "resources"]) {
    registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  }
  new Gauge({
    name: `${service}_build_info`,
    help: "Constant 1, labelled with the version, revision and date of this build, and Node's version.",
    labelNames: ["version", "revision", "build_date", "node_version"],
    registers: [registry],
  }).set(
    {
      version: build.version,
      revision: build.revision,
      build_date: build.date,
      node_version: process.version,
    },
    1,
  );
  return registry;
}
