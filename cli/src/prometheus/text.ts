/** A sample of Prometheus's text format. */
export type Metric = { name: string; labels: ReadonlyMap<string, string>; value: number };

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

/**
 * The samples of a page of metrics; lines that are no samples are passed over.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parseMetrics(text: string): Metric[] {
  return text.split("\n").flatMap((line) => {
    if (line.startsWith("#")) return [];
    const [, name, labels = "", value = ""] = SAMPLE.exec(line.trim()) ?? [];
    if (name === undefined) return [];
    return [{ name, labels: labelsOf(labels), value: numberOf(value) }];
  });
}

const labelsOf = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(LABEL)].map(([, name = "", value = ""]) => [
      name,
      value.replace(/\\[n"\\]/g, (one) => ESCAPES[one] ?? one),
    ]),
  );

const numberOf = (text: string): number => Number(text.replace(/^([+-]?)Inf$/, "$1Infinity"));
