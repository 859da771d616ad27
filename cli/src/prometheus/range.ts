import { InputError, reasonOf } from "../errors.ts";
import { type Endpoint, send } from "../http.ts";
import { Order } from "../input/order.ts";
import type { Batch } from "../sample.ts";
import { batchesOf, rangeResponse } from "./response.ts";

/** Prometheus refuses a query for more than 11,000 samples of a series. */
const MAX_SAMPLES = 10_000;
/** Prometheus itself gives up after two minutes by default. */
const TIMEOUT_MS = 150_000;

/** What to ask; times are in ms. */
export type RangeQuery = {
  server: Endpoint;
  query: string;
  startMs: number;
  endMs: number;
  stepMs: number;
};

type Range = Pick<RangeQuery, "startMs" | "endMs" | "stepMs">;

/** Start and end of each request, both included, in ms. */
function chunksOf({ startMs, endMs, stepMs }: Range): { startMs: number; endMs: number }[] {
  const chunks: { startMs: number; endMs: number }[] = [];
  for (let from = startMs; from <= endMs; from += MAX_SAMPLES * stepMs) {
    chunks.push({ startMs: from, endMs: Math.min(endMs, from + (MAX_SAMPLES - 1) * stepMs) });
  }
  return chunks;
}

/**
 * Reads the series of a range query, in as many requests as Prometheus wants.
 * @param onWarning takes what Prometheus warns of, once
 * @throws InputError with what Prometheus said
 */
export async function* readRange(
  range: RangeQuery,
  onWarning: (warning: string) => void,
): AsyncGenerator<Batch> {
  const chunks = chunksOf(range);
  const order = new Order("value", "ask for fewer, as with sum by (…)");
  const warnings = new Set<string>();
  let hasSeries = false;
  for (const [at, chunk] of chunks.entries()) {
    const answer = await ask({ ...range, ...chunk });
    const partial = answer.isPartial ? ["the result is partial"] : [];
    for (const warning of [...answer.warnings, ...partial]) {
      if (!warnings.has(warning)) onWarning(warning);
      warnings.add(warning);
    }
    for (const batch of batchesOf(answer.data.result, order)) {
      hasSeries = true;
      yield { ...batch, progress: (at + 1) / chunks.length };
    }
  }
  if (!hasSeries) {
    throw new InputError(
      `Prometheus at ${range.server.url} has no data for ${range.query} in that time`,
    );
  }
}

async function ask({ server, query, startMs, endMs, stepMs }: RangeQuery) {
  const form = new URLSearchParams({
    query,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
    step: String(stepMs / 1000),
  });
  const where = `Prometheus at ${server.url}`;
  const { status, text, url } = await send(server, "/api/v1/query_range", TIMEOUT_MS, form).catch(
    (error: unknown): never => {
      throw new InputError(`${where} can't be reached: ${reasonOf(error)}`);
    },
  );
  const isElsewhere = !url.startsWith(server.url);
  const after = isElsewhere ? ` after a redirect to ${url}` : "";
  if (status === 401) {
    throw new InputError(
      `${where} wants credentials (HTTP 401${after}): ${isElsewhere ? "give it that URL; those of another server are not sent there" : "give --user or --bearer-token"}`,
    );
  }
  const parsed = rangeResponse.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new InputError(
      `${where} answered HTTP ${status}${after} with something other than the result of a range query: ${JSON.stringify(text.slice(0, 200))}`,
    );
  }
  if (parsed.data.status === "error") {
    throw new InputError(`${where} answered ${parsed.data.errorType}: ${parsed.data.error}`);
  }
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
