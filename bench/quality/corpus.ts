import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A stretch of rows that holds an anomaly: both ends belong to it. */
export type LabelledWindow = { first: number; last: number };

/** One file of the benchmark. */
export type Series = {
  /** `group/file.csv` */
  name: string;
  timestamps: string[];
  timesMs: Float64Array;
  values: Float64Array;
  windows: LabelledWindow[];
  /** Rows at the start that are not scored. */
  probation: number;
};

const labels = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));

/**
 * Loads the Numenta Anomaly Benchmark: its data, and the windows around the labelled anomalies.
 * @param folder with `data/` and `labels/` as in github.com/numenta/NAB
 */
export function loadCorpus(folder: string): Series[] {
  const path = join(folder, "labels", "combined_windows.json");
  const windowsByName = labels.parse(JSON.parse(readFileSync(path, "utf8")));
  return readdirSync(join(folder, "data"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".csv"))
    .sort()
    .map((name) => loadSeries(folder, name, windowsByName[name] ?? []));
}

function loadSeries(folder: string, name: string, windows: [string, string][]): Series {
  const [, ...lines] = readFileSync(join(folder, "data", name), "utf8")
    .trim()
    .split(/\r?\n/);
  const rows = lines.map((line) => line.split(","));
  const timestamps = rows.map(([timestamp = ""]) => timestamp);
  // The labels carry microseconds; text in this format sorts as time does.
  const seconds = (time: string): string => time.slice(0, 19);
  return {
    name,
    timestamps,
    timesMs: Float64Array.from(timestamps, (time) => Date.parse(`${time.replace(" ", "T")}Z`)),
    values: Float64Array.from(rows, ([, value]) => Number(value)),
    windows: windows.map(([from, to]) => ({
      first: timestamps.findIndex((time) => time >= seconds(from)),
      last: timestamps.findLastIndex((time) => time <= seconds(to)),
    })),
    probation: probationOf(rows.length),
  };
}

/** 15 % of a file's rows, at most 750. @see NAB, nab/util.py, getProbationPeriod */
function probationOf(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}
