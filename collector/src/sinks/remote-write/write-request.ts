import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { compress } from "snappyjs";
import type { Series } from "../../series.ts";
import { metricLabels } from "../../series-metric.ts";
import type { WriteVersion } from "./settings.ts";
import type { ScoredSample } from "./write-queue.ts";

type Family = { label: Label; read: (scored: ScoredSample) => number };

const family = (name: string, read: Family["read"]): Family => ({
  label: { name: "__name__", value: name },
  read,
});

/** What is written of a scored sample: a sample each, under the names that `/metrics` has. */
const FAMILIES: readonly Family[] = [
  family("outliers_value", ({ value }) => value),
  family("outliers_score", ({ score }) => score),
  family("outliers_expected", ({ expected }) => expected),
  family("outliers_expected_lower", ({ lower }) => lower),
  family("outliers_expected_upper", ({ upper }) => upper),
  // `/metrics` has outliers_active in its place, as a scrape misses the samples in between.
  family("outliers_outlier", ({ isOutlier }) => Number(isOutlier)),
];

export const MAX_SAMPLES_PER_SCORED = FAMILIES.length;

/** How many samples are written of a scored one: those that the detector has reported. */
export const samplesOf = (scored: ScoredSample): number =>
  FAMILIES.filter(({ read }) => !Number.isNaN(read(scored))).length;

type Label = { readonly name: string; readonly value: string };

/** A series as a receiver stores it: its labels sorted by name, its samples in order of time. */
export type TimeSeries = {
  labels: readonly Label[];
  samples: readonly { value: number; timestamp: number }[];
};

/**
 * The time series to write. NaN, which a detector of the first contract leaves behind, is left out.
 * @param external labels to add to every series that has none of that name
 */
export function timeSeriesOf(
  batch: readonly ScoredSample[],
  external: Readonly<Record<string, string>>,
): TimeSeries[] {
  const bySeries = Map.groupBy(batch, ({ series }) => series);
  return [...bySeries].flatMap(([series, scored]) => {
    const labels = sortedLabels(series, external);
    return FAMILIES.flatMap(({ label: name, read }) => {
      const samples = scored
        .map((one) => ({ value: read(one), timestamp: Math.floor(one.timeMs) }))
        .filter(({ value }) => !Number.isNaN(value));
      if (samples.length === 0) return [];
      return [{ labels: labels.map((label) => (label === ANY_NAME ? name : label)), samples }];
    });
  });
}

/** In the place of a family's name. */
const ANY_NAME: Label = { name: "__name__", value: "" };

/** The labels by name, with a place for the family's name. A label without a value is none. */
function sortedLabels(
  { description }: Series,
  external: Readonly<Record<string, string>>,
): readonly Label[] {
  const labels = Object.entries({ ...external, ...metricLabels(description) })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => ({ name, value }));
  return [ANY_NAME, ...labels].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** How a version of the protocol names and encodes a request. */
type Format = {
  headers: Readonly<Record<string, string>>;
  encode: (series: readonly TimeSeries[]) => Uint8Array;
};

const typeIn = (file: string, name: string): protobuf.Type =>
  protobuf.loadSync(fileURLToPath(new URL(file, import.meta.url))).lookupType(name);

const writeRequest = typeIn("v1.proto", "prometheus.WriteRequest");
const request = typeIn("v2.proto", "io.prometheus.write.v2.Request");
const { METRIC_TYPE_GAUGE } = request.root.lookupEnum("MetricType").values;

const FORMATS: Record<WriteVersion, Format> = {
  "1.0": {
    headers: {
      "content-type": "application/x-protobuf",
      "x-prometheus-remote-write-version": "0.1.0",
    },
    encode: (timeseries) => writeRequest.encode({ timeseries }).finish(),
  },
  "2.0": {
    headers: {
      "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
      "x-prometheus-remote-write-version": "2.0.0",
    },
    encode: (series) => {
      // Every text once; the first symbol is always empty.
      const symbols = new Map([["", 0]]);
      const refOf = (text: string): number => {
        const ref = symbols.get(text) ?? symbols.size;
        symbols.set(text, ref);
        return ref;
      };
      const timeseries = series.map(({ labels, samples }) => ({
        labelsRefs: labels.flatMap(({ name, value }) => [refOf(name), refOf(value)]),
        samples,
        metadata: { type: METRIC_TYPE_GAUGE },
      }));
      return request.encode({ symbols: [...symbols.keys()], timeseries }).finish();
    },
  },
};

/** A request in a version of the protocol: its headers and its compressed body. */
export function writeRequestOf(version: WriteVersion, series: readonly TimeSeries[]) {
  const { headers, encode } = FORMATS[version];
  return {
    headers: { ...headers, "content-encoding": "snappy" },
    body: compress(encode(series)),
  };
}
