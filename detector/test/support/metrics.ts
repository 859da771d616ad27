import type { Registry } from "prom-client";

export type Sample = { name: string; labels: Record<string, string>; value: number };

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/**
 * The samples of a registry's text.
 * @throws when a line is not in the text format
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parse(text: string): Sample[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const match = SAMPLE.exec(line);
    const value = Number(match?.[3]?.replace("Inf", "Infinity"));
    if (!match?.[1] || (Number.isNaN(value) && !/^nan$/i.test(match[3] ?? "")))
      throw new Error(`not a sample: ${line}`);
    const labels = [...(match[2] ?? "").matchAll(LABEL)].map(([, name, text]) => [name, text]);
    return { name: match[1], labels: Object.fromEntries(labels), value };
  });
}

export const read = async (registry: Registry): Promise<Sample[]> =>
  parse(await registry.metrics());

/** The different sets of label names that the samples of a metric have, each sorted. */
export function labelNames(samples: readonly Sample[], name: string): string[][] {
  const sets = samples
    .filter((sample) => sample.name === name)
    .map(({ labels }) => Object.keys(labels).toSorted().join(" "));
  return [...new Set(sets)].map((set) => set.split(" "));
}
