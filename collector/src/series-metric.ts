import { Counter, Gauge, type Registry } from "prom-client";
import type { SeriesDescription } from "./series.ts";

/** One value of a metric family. */
export type FamilyValue = { labels: Record<string, string>; value: number };

/** The labels of a series on `/metrics`: its own, and its name as `series`. */
export const metricLabels = ({ name, labels }: SeriesDescription): Record<string, string> => {
  const { series: exported, ...rest } = labels;
  // Renamed as Prometheus does when a scraped label collides with a target's.
  return {
    series: name,
    ...rest,
    ...(exported === undefined ? {} : { exported_series: exported }),
  };
};

/**
 * A gauge whose values are read at each scrape, with any labels: prom-client's own needs to know
 * the label names in advance.
 */
export function addGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => FamilyValue[],
): Gauge {
  const gauge = new Gauge({ name, help, registers: [registry] });
  const get = gauge.get.bind(gauge);
  gauge.get = async () => ({ ...(await get()), values: read() });
  return gauge;
}

/** A counter of the same kind. */
export function addCounter(
  registry: Registry,
  name: string,
  help: string,
  read: () => FamilyValue[],
): Counter {
  const counter = new Counter({ name, help, registers: [registry] });
  const get = counter.get.bind(counter);
  counter.get = async () => ({ ...(await get()), values: read() });
  return counter;
}
