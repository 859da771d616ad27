import { Registry } from "prom-client";
import type { Series, SeriesDescription } from "./series.ts";
import { metricLabels } from "./series-metric.ts";

/** A value of a series with labels besides its own. */
type Labelled = { labels: Record<string, string>; value: number };

/** A family with values of every series. */
export type SeriesFamily = {
  name: string;
  help: string;
  type: "gauge" | "counter";
  /** Of one series; undefined or NaN if it has no value. */
  read: (one: Series) => number | undefined | readonly Labelled[];
  /** The name that it had until this release. Queries came later: nobody looks for theirs under it. */
  oldName?: string;
};

/**
 * prom-client's registry, and families that are read from the series at each scrape, so that a series
 * that has disappeared leaves nothing behind. Their text is written here: for 10,000 series prom-client
 * would make millions of objects.
 */
export class SeriesRegistry extends Registry {
  readonly #families: SeriesFamily[] = [];
  readonly #series: () => readonly Series[];
  /** The text of the labels of each series. */
  readonly #labels = new WeakMap<SeriesDescription, string>();

  constructor(series: () => readonly Series[]) {
    super();
    this.#series = series;
  }

  add(family: SeriesFamily): void {
    this.#families.push(family);
  }

  override async metrics(): Promise<string> {
    const all = this.#series();
    const old = all.filter(({ description }) => !("query" in description.labels));
    const texts = this.#families.flatMap((family) => {
      const { name, oldName } = family;
      const text = this.#textOf(family, all);
      if (oldName === undefined) return [text];
      const renamed = { ...family, name: oldName, help: `Deprecated: use ${name}.` };
      return [text, this.#textOf(renamed, old)];
    });
    return [...texts, await super.metrics()].join("\n");
  }

  #textOf({ name, help, type, read }: SeriesFamily, all: readonly Series[]): string {
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
    for (const one of all) {
      const value = read(one);
      if (value === undefined || Number.isNaN(value)) continue;
      const labels = this.#labelsOf(one.description);
      if (typeof value === "number") lines.push(`${name}{${labels}} ${numberText(value)}`);
      else
        for (const more of value)
          lines.push(`${name}{${labels},${labelsText(more.labels)}} ${numberText(more.value)}`);
    }
    return `${lines.join("\n")}\n`;
  }

  #labelsOf(description: SeriesDescription): string {
    let text = this.#labels.get(description);
    if (text === undefined) {
      text = labelsText(metricLabels(description));
      this.#labels.set(description, text);
    }
    return text;
  }
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details */
const labelsText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([label, value]) => `${label}="${value.replace(/[\\\n"]/g, escaped)}"`)
    .join(",");

const escaped = (character: string): string => (character === "\n" ? "\\n" : `\\${character}`);

/** `+Inf` and `-Inf`, as Go writes them. */
const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : `${value > 0 ? "+" : "-"}Inf`;
