import type { SeriesDescription } from "./series.ts";

/** Labels of the families themselves. */
const RESERVED: readonly string[] = ["series", "state", "direction", "reason"];

/** Writing thousands of series should not make their labels again each time. */
const labelsOf = new WeakMap<SeriesDescription, Record<string, string>>();

/** The labels of a series in other systems: its own, and its name as `series`. */
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
