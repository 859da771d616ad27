import { Counter, Gauge, type Registry } from "prom-client";
import type { SeriesDescription } from "./series.ts";

/** One value of a family of metrics. */
export type FamilyValue = { labels: Record<string, string>; value: number };

/** The labels of a series on `/metrics`: its own, and `series` for its name. */
export const metricLabels = ({ name, labels }: SeriesDescription): Record<string, string> => {
  const { series: exported, ...rest } = labels;
  // As Prometheus does when a scraped label is already taken.
  return {
    series: name,
    ...rest,
    ...(exported === undefined ? {} : { exported_series: exported }),
  };
};

/**
 * A gauge whose values are read at each scrape, with whatever labels they bring: prom-client's own
 * would have to know the names of the labels from the start.
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

/** The same for a counter. */
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
