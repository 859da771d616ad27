import { Counter, Gauge, type Registry } from "prom-client";
import type { SeriesDescription } from "./series.ts";

/** One value of a metric family. */
export type FamilyValue = { labels: Record<string, string>; value: number };

/** Labels of the families themselves. */
const RESERVED: readonly string[] = ["series", "state", "direction", "reason"];

/** Reading 20 families of thousands of series should not make their labels again each time. */
const labelsOf = new WeakMap<SeriesDescription, Record<string, string>>();

/** The labels of a series on `/metrics`: its own, and its name as `series`. */
export function metricLabels(description: SeriesDescription): Record<string, string> {
  let labels = labelsOf.get(description);
  if (!labels) {
    labels = exported(description);
    labelsOf.set(description, labels);
  }
  return labels;
}

function exported({ name, labels }: SeriesDescription): Record<string, string> {
  const all: Record<string, string> = { series: name };
  for (const [label, value] of Object.entries(labels)) {
    // The text format that every Prometheus reads has no other characters in label names.
    const plain = label.replace(/^(?=\d)|\W/g, "_");
    const isFree = !RESERVED.includes(plain) && (plain === label || !Object.hasOwn(labels, plain));
    all[isFree ? plain : exportedLabel(plain, labels)] = value;
  }
  return all;
}

/** Another name for a label whose own is taken, as Prometheus names a scraped one in a collision. */
export function exportedLabel(label: string, taken: Readonly<Record<string, string>>): string {
  const name = `exported_${label}`;
  return Object.hasOwn(taken, name) ? exportedLabel(name, taken) : name;
}

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
