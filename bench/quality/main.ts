// Scores every detector on the Numenta Anomaly Benchmark: npm run bench:quality -- --nab DIR
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { loadCorpus, type Series } from "./corpus.ts";
import { detectors } from "./detectors.ts";
import { scoreCorpus } from "./scorer.ts";

const { nab, out } = parseArgs({
  options: { nab: { type: "string" }, out: { type: "string" } },
}).values;
if (nab === undefined || !existsSync(join(nab, "labels", "combined_windows.json"))) {
  process.stderr.write(
    "usage: npm run bench:quality -- --nab DIR [--out DIR]\n" +
      "  DIR is a checkout of github.com/numenta/NAB, or its folders data/ and labels/\n",
  );
  process.exit(1);
}

const publishedSchema = z.record(
  z.string(),
  z.object({
    standard: z.number(),
    reward_low_FP_rate: z.number(),
    reward_low_FN_rate: z.number(),
  }),
);

type Line = { name: string; scores: readonly number[] };

/** The results that NAB publishes, where the folder holds them. */
function published(folder: string): Line[] {
  const path = ["published_final_results.json", "results/final_results.json"]
    .map((name) => join(folder, name))
    .find((name) => existsSync(name));
  if (path === undefined) return [];
  const results = publishedSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  return Object.entries(results).map(([name, result]) => ({
    name: `${name} (published)`,
    scores: [result.standard, result.reward_low_FP_rate, result.reward_low_FN_rate],
  }));
}

/** NAB's layout of results, which its own scorer reads. */
function writeResults(folder: string, name: string, series: Series, scores: Float64Array): void {
  const path = join(folder, name, dirname(series.name), `${name}_${basename(series.name)}`);
  const rows = series.timestamps.map(
    (timestamp, row) => `${timestamp},${series.values[row]},${scores[row]}`,
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `timestamp,value,anomaly_score\n${rows.join("\n")}\n`);
}

const corpus = loadCorpus(nab);
const points = corpus.reduce((sum, { values }) => sum + values.length, 0);
const windows = corpus.reduce((sum, series) => sum + series.windows.length, 0);
process.stdout.write(`${corpus.length} series, ${points} points, ${windows} windows\n\n`);

const lines: Line[] = published(nab);
for (const { name, create } of detectors) {
  const startedAtMs = performance.now();
  const scores = corpus.map(({ values, timesMs }) => {
    const detect = create();
    return Float64Array.from(values, (value, row) => detect(value, timesMs[row] ?? 0));
  });
  const tookMs = performance.now() - startedAtMs;
  process.stderr.write(`${name}: ${((1000 * tookMs) / points).toFixed(1)} µs a point\n`);
  lines.push({ name, scores: scoreCorpus(corpus, scores).map(({ score }) => score) });
  for (const [index, series] of corpus.entries()) {
    const ofSeries = scores[index];
    if (out !== undefined && ofSeries) writeResults(out, name, series, ofSeries);
  }
}

process.stdout.write("| detector | standard | low FP | low FN |\n|---|---|---|---|\n");
for (const { name, scores } of lines.toSorted((a, b) => (b.scores[0] ?? 0) - (a.scores[0] ?? 0))) {
  process.stdout.write(`| ${[name, ...scores.map((score) => score.toFixed(1))].join(" | ")} |\n`);
}
