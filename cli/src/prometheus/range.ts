import { z } from "zod";
import { InputError, reasonOf } from "../errors.ts";
import { type Batch, MAX_SERIES, type Sample } from "../sample.ts";

/** Prometheus refuses a query for more than 11,000 points of a series. */
const MAX_POINTS = 10_000;
/** Prometheus itself gives up after two minutes by default. */
const TIMEOUT_MS = 150_000;

/** What to ask; times are in ms. */
export type RangeQuery = {
  url: string;
  query: string;
  startMs: number;
  endMs: number;
  stepMs: number;
};

/** Start and end of each request, both included, in ms. */
function chunksOf({
  startMs,
  endMs,
  stepMs,
}: Pick<RangeQuery, "startMs" | "endMs" | "stepMs">): { startMs: number; endMs: number }[] {
  const chunks: { startMs: number; endMs: number }[] = [];
  for (let from = startMs; from <= endMs; from += MAX_POINTS * stepMs) {
    chunks.push({ startMs: from, endMs: Math.min(endMs, from + (MAX_POINTS - 1) * stepMs) });
  }
  return chunks;
}

const failure = z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() });
const success = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.literal("matrix"),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])).default([]),
      }),
    ),
  }),
});
const answer = z.discriminatedUnion("status", [success, failure]);

/**
 * Reads the series of a range query, in as many requests as Prometheus wants.
 * @throws InputError with what Prometheus said
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
 */
export async function* readRange(range: RangeQuery): AsyncGenerator<Batch> {
  const chunks = chunksOf(range);
  const names = new Set<string>();
  for (const [at, chunk] of chunks.entries()) {
    const samples: Sample[] = [];
    let skipped = 0;
    for (const { metric, values } of await ask({ ...range, ...chunk })) {
      const series = seriesName(metric);
      names.add(series);
      if (names.size > MAX_SERIES) {
        throw new InputError(
          `the query gives more than ${MAX_SERIES} series: ask for fewer, as with sum by (…)`,
        );
      }
      for (const [seconds, text] of values) {
        const value = Number(text);
        if (Number.isFinite(value)) {
          samples.push({ series, timeMs: Math.round(seconds * 1000), value });
        } else skipped += 1;
      }
    }
    yield { samples, skipped, progress: (at + 1) / chunks.length };
  }
  if (names.size === 0) {
    throw new InputError(`Prometheus at ${range.url} has no data for ${range.query} in that time`);
  }
}

async function ask({ url, query, startMs, endMs, stepMs }: RangeQuery) {
  const body = new URLSearchParams({
    query,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
    step: String(stepMs / 1000),
  });
  const where = `Prometheus at ${url}`;
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${url}/api/v1/query_range`, {
      method: "POST",
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new InputError(`${where} can't be reached: ${reasonOf(error)}`);
  }
  const parsed = answer.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new InputError(
      `${where} answers HTTP ${status} with what is no result of a range query: ${JSON.stringify(text.slice(0, 200))}`,
    );
  }
  if (parsed.data.status === "error") {
    throw new InputError(`${where} says ${parsed.data.errorType}: ${parsed.data.error}`);
  }
  return parsed.data.data.result;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A series as PromQL writes it: `up{job="node"}`. */
function seriesName({ __name__: name = "", ...labels }: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== "" ? name : `${name}{${pairs.join(",")}}`;
}
