import { readFile } from "node:fs/promises";
import { Agent, type Dispatcher, request } from "undici";
import { z } from "zod";
import { basicAuthorization, retryAfterMs, secretIn } from "../../http.ts";
import type { Connection } from "./queries-file.ts";
import type { HttpConfig } from "./queries-schema.ts";
import { QueryError } from "./query-error.ts";

/** A query over the steps from `startMs` to `endMs`. */
export type RangeQuery = {
  expr: string;
  startMs: number;
  endMs: number;
  stepMs: number;
  /** A longer answer is too much. */
  maxBytes?: number;
};

/** A series as Prometheus returned it. */
export type RangeSeries = {
  metric: Readonly<Record<string, string>>;
  values: Values;
  /** Whether it has native histograms, which are no values. */
  hasHistograms: boolean;
};

type Values = readonly (readonly [timeSeconds: number, value: string])[];

/** `notices` are Prometheus' warnings and infos. */
export type RangeResult = { series: readonly RangeSeries[]; notices: readonly string[] };

/** Evaluates queries by Prometheus' HTTP API. */
export type PrometheusApi = {
  /** @throws QueryError */
  queryRange(query: RangeQuery, signal: AbortSignal): Promise<RangeResult>;
  close(): Promise<void>;
};

/** Far more than the points of a request take: it bounds memory and the time to parse it. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_REASON = 300;
const MAX_RETRY_AFTER_MS = 3_600_000;
/** Servers without POST, and read-only proxies, answer so to it. */
const NO_POST: readonly number[] = [403, 404, 405, 501];
const FORM = "application/x-www-form-urlencoded";

const isValues = (given: unknown): boolean =>
  Array.isArray(given) &&
  given.every(
    (pair) => Array.isArray(pair) && typeof pair[0] === "number" && typeof pair[1] === "string",
  );

const notices = z.array(z.string()).nullish();
const answerSchema = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.string(),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        // Not by a schema of its own: that would copy them, and there are many.
        values: z.custom<Values>(isValues, "expected pairs of a time and a value").optional(),
        histograms: z.array(z.unknown()).optional(),
      }),
    ),
  }),
  warnings: notices,
  infos: notices,
});
const errorSchema = z.object({
  status: z.literal("error"),
  errorType: z.string(),
  error: z.string(),
});

const MIN_DEADLINE_MS = 5000;
const MAX_DEADLINE_MS = 60_000;

/** How long a query with an interval may take. */
export const deadlineMs = (intervalMs: number): number =>
  Math.min(Math.max(intervalMs, MIN_DEADLINE_MS), MAX_DEADLINE_MS);

/** A client of the HTTP API. Secrets and certificates in files are read again when they change. */
export function prometheusApi({ url, http }: Connection): PrometheusApi {
  const endpoint = `${url.replace(/\/+$/, "")}/api/v1/query_range`;
  const dispatchers = agents(http.tls_config);
  let isGet = false;

  async function send(
    form: URLSearchParams,
    byGet: boolean,
    maxBytes: number,
    signal: AbortSignal,
  ) {
    const headers = { ...(await headersOf(http)), accept: "application/json" };
    const dispatcher = await dispatchers.current();
    const response = byGet
      ? await request(`${endpoint}?${form.toString()}`, { headers, dispatcher, signal })
      : await request(endpoint, {
          method: "POST",
          headers: { ...headers, "content-type": FORM },
          body: form.toString(),
          dispatcher,
          signal,
        });
    return { ...response, text: await textOf(response.body, maxBytes) };
  }

  return {
    async queryRange({ expr, startMs, endMs, stepMs, maxBytes = MAX_BODY_BYTES }, signal) {
      const form = new URLSearchParams({
        query: expr,
        start: String(startMs / 1000),
        end: String(endMs / 1000),
        step: String(stepMs / 1000),
      });
      try {
        // Another query may find out meanwhile.
        const wasGet = isGet;
        let response = await send(form, wasGet, maxBytes, signal);
        if (!wasGet && NO_POST.includes(response.statusCode)) {
          response = await send(form, true, maxBytes, signal);
          if (response.statusCode === 200) isGet = true;
        }
        return resultOf(response, endpoint);
      } catch (error) {
        if (error instanceof QueryError) throw error;
        if (signal.aborted) throw new QueryError("no answer in time", { isTooMuch: true }, error);
        throw new QueryError(`no answer: ${reasonOf(error)}`, {}, error);
      }
    },
    close: () => dispatchers.close(),
  };
}

type Response = Pick<Dispatcher.ResponseData, "statusCode" | "headers"> & { text: string };

/** @throws QueryError for anything but a matrix */
function resultOf({ statusCode, headers, text }: Response, endpoint: string): RangeResult {
  if (statusCode !== 200) throw failureOf(statusCode, headers, text);
  const json = parseJson(text);
  if (json === undefined) {
    throw new QueryError(`what answers at ${endpoint} is not Prometheus, or was cut off: no JSON`);
  }
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".");
    throw new QueryError(`unexpected answer: ${where}: ${issue?.message}`.slice(0, MAX_REASON));
  }
  const { data, warnings, infos } = parsed.data;
  if (data.resultType !== "matrix")
    throw new QueryError(`unexpected result of type ${data.resultType}, expected a matrix`);
  return {
    series: data.result.map(({ metric, values = [], histograms = [] }) => ({
      metric,
      values,
      hasHistograms: histograms.length > 0,
    })),
    notices: [...(warnings ?? []), ...(infos ?? [])],
  };
}

function failureOf(status: number, headers: Response["headers"], text: string): QueryError {
  const { location } = headers;
  if (status >= 300 && status < 400)
    return new QueryError(`HTTP ${status}: it redirects to ${String(location)}: use that as url`);
  const error = errorSchema.safeParse(parseJson(text));
  const reason = error.success ? `${error.data.errorType}: ${error.data.error}` : text.trim();
  const [retryAfter] = [headers["retry-after"]].flat();
  const waitMs = retryAfterMs(retryAfter, Date.now(), MAX_RETRY_AFTER_MS);
  return new QueryError(`HTTP ${status}: ${reason}`.slice(0, MAX_REASON).trimEnd(), {
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    // 422 is an execution error, such as too many samples in memory.
    isTooMuch: status === 422,
    isPermanent: status === 400 || status === 422,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function textOf(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      const limit = `${maxBytes / 1024 / 1024} MiB`;
      throw new QueryError(`the answer has more than ${limit}: aggregate in the expression`, {
        isTooMuch: true,
        isPermanent: true,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function headersOf(http: HttpConfig): Promise<Record<string, string | string[]>> {
  const { basic_auth, authorization, headers = {}, http_headers = {} } = http;
  const sent: Record<string, string | string[]> = { ...headers };
  for (const [name, { values = [], secrets = [], files = [] }] of Object.entries(http_headers)) {
    sent[name] = [...values, ...secrets, ...(await Promise.all(files.map(secretIn)))];
  }
  if (basic_auth) {
    const { username, password = "", password_file } = basic_auth;
    const given = password_file === undefined ? password : await secretIn(password_file);
    sent.authorization = basicAuthorization(username, given);
  }
  if (authorization) {
    const { type, credentials = "", credentials_file } = authorization;
    const given = credentials_file === undefined ? credentials : await secretIn(credentials_file);
    sent.authorization = `${type} ${given}`;
  }
  return sent;
}

/** Provides an agent with the present content of the TLS files. */
function agents(tls: HttpConfig["tls_config"] = {}) {
  let key: string | undefined;
  let agent: Agent | undefined;
  const read = async (path: string | undefined) =>
    path === undefined ? undefined : readFile(path, "utf8");
  return {
    async current(): Promise<Agent> {
      const paths = [tls.ca_file, tls.cert_file, tls.key_file];
      const [ca, cert, privateKey] = await Promise.all(paths.map(read));
      const nextKey = JSON.stringify([ca, cert, privateKey]);
      if (agent && key === nextKey) return agent;
      // What is under way on the old one ends by itself.
      void agent?.close();
      key = nextKey;
      agent = new Agent({
        connect: {
          ...(ca !== undefined && { ca }),
          ...(cert !== undefined && { cert }),
          ...(privateKey !== undefined && { key: privateKey }),
          ...(tls.server_name !== undefined && { servername: tls.server_name }),
          ...(tls.insecure_skip_verify && { rejectUnauthorized: false }),
        },
      });
      return agent;
    },
    async close(): Promise<void> {
      await agent?.destroy();
    },
  };
}

/** undici hides why a connection failed in the errors of each address. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
