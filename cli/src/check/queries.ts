import {
  deadlineMs,
  type PrometheusApi,
  prometheusApi,
  type RangeSeries,
} from "@outliers/collector/sources/prometheus/http-api";
import { MIN_PEERS } from "@outliers/collector/sources/prometheus/peers";
import { readWithPresets } from "@outliers/collector/sources/prometheus/presets";
import { type Queries, readQueries } from "@outliers/collector/sources/prometheus/queries-file";
import { ConfigError } from "@outliers/service/env";
import { reasonOf } from "../errors.ts";
import { count } from "../output/number.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

type Query = Queries["queries"][number];

/** Whether a file of PromQL queries is one that a collector takes. */
export function checkQueries(file: string): Finding[] {
  return checked(file, readQueries).findings;
}

/**
 * The same, and how many series each of its queries returns now.
 * @param url a server to ask instead of the one in the file
 */
export async function tryQueries(file: string, url: string | undefined): Promise<Finding[]> {
  const { queries, findings } = checked(file, readWithPresets);
  if (!queries?.connection) return findings;
  const connection = { ...queries.connection, ...(url !== undefined && { url }) };
  const api = prometheusApi(connection);
  try {
    const found = await inTurns(queries.queries, (query) => tryQuery(api, query));
    const [first] = found;
    // One reason, as that no server answers, is said once.
    if (found.length > 1 && first?.error && found.every(({ error }) => error === first.error)) {
      const text = `no query could be evaluated at ${connection.url}: ${first.error}`;
      return [...findings, problem(text, "give the URL of the server by --prometheus URL")];
    }
    return [...findings, ...found.flatMap((one) => one.findings)];
  } finally {
    await api.close();
  }
}

function checked(file: string, read: (file: string) => Queries) {
  try {
    const queries = read(file);
    const { connection, presets, syntaxErrors } = queries;
    const where = connection === undefined ? "" : ` for the Prometheus at ${connection.url}`;
    const andPresets = presets.length > 0 ? `, with the presets ${presets.join(", ")}` : "";
    const number = count(queries.queries.length, "query", "queries");
    const findings =
      syntaxErrors.length > 0
        ? syntaxErrors.map(({ message }) =>
            problem(
              message,
              "if the server understands more than PromQL, set syntax: any in the file",
            ),
          )
        : [ok(`${file} is valid: ${number}${andPresets}${where}`)];
    return { queries, findings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [, ...errors] = error.message.split("\n");
    const todo = "docs/queries.md explains every field; the collector keeps its last valid queries";
    return { queries: undefined, findings: errors.map((text) => problem(text.trim(), todo)) };
  }
}

/** As the collector evaluates it, once. */
async function tryQuery(api: PrometheusApi, query: Query) {
  const { name, expr, interval: stepMs, offset, limit } = query;
  const endMs = Math.floor((Date.now() - offset) / stepMs) * stepMs;
  const startedAtMs = performance.now();
  try {
    const signal = AbortSignal.timeout(deadlineMs(stepMs));
    const { series } = await api.queryRange({ expr, startMs: endMs, endMs, stepMs }, signal);
    const found = `${name}: ${count(series.length, "series", "series")} in ${Math.round(performance.now() - startedAtMs)} ms`;
    return { findings: [findingOf(found, series.length, limit), ...peerNotes(query, series)] };
  } catch (error) {
    const reason = reasonOf(error);
    return {
      error: reason,
      findings: [problem(`${name}: ${reason}`, `see its expr: ${expr.trim()}`)],
    };
  }
}

function findingOf(found: string, series: number, limit: number): Finding {
  if (series === 0) return note(found, "that is fine if it has some at other times");
  if (series <= limit) return ok(found);
  const todo = "aggregate in its expr, or raise its limit (docs/queries.md, Size)";
  return note(`${found}, of which ${limit.toLocaleString("en")} are watched`, todo);
}

/** What keeps series from being judged by their peers. */
function peerNotes({ name, peers }: Query, series: readonly RangeSeries[]): Finding[] {
  if (!peers || series.length === 0) return [];
  const { by = [] } = peers;
  const unknown = by.filter((label) => series.every(({ metric }) => metric[label] === undefined));
  const groups = Map.groupBy(series, ({ metric }) =>
    JSON.stringify(by.map((label) => metric[label] ?? "")),
  );
  const alone = [...groups.values()].filter(({ length }) => length <= MIN_PEERS).flat().length;
  const notes = unknown.map((label) =>
    note(
      `${name}: no series has the label ${label} of peers`,
      "see its spelling, and that expr keeps it",
    ),
  );
  if (alone > 0) {
    const text = `${name}: no verdicts for ${alone} of ${count(series.length, "series", "series")}: fewer than ${MIN_PEERS} peers`;
    notes.push(note(text, "group by fewer labels, or leave out peers (docs/queries.md, Peers)"));
  }
  return notes;
}

/** At most as many at once as the collector. */
const AT_ONCE = 4;

async function inTurns<T, R>(all: readonly T[], each: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = all.entries();
  const work = async (): Promise<void> => {
    for (const [at, one] of left) results[at] = await each(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
