import type { IncomingMessage, ServerResponse } from "node:http";
import type { Route } from "@outliers/service/ops-server";
import { z } from "zod";
import {
  markShape,
  type NormalPeriod,
  NormalPeriodError,
  type NormalPeriods,
} from "../normal-periods.ts";
import { foreignReason } from "./own-requests.ts";
import { securityHeaders } from "./security-headers.ts";

/** Room for the names of a thousand series. */
const MAX_BODY_BYTES = 128 * 1024;

const bodySchema = z.strictObject({ ...markShape, to: markShape.to.optional() });

export type NormalsApi = {
  normals: NormalPeriods;
  /** Why nothing can be marked; undefined when it can. */
  readOnly: string | undefined;
  /** Where people open the page, if that is known. */
  pageUrl: string | undefined;
  now: () => number;
};

/** A refusal, with the status of its response. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const statusOfKind = { invalid: 400, conflict: 409, unknown: 404 } as const;

/**
 * What was marked as normal: `GET /normals` lists it, `POST /normals` marks a period, and
 * `DELETE /normals/ID` takes one back. All of it is JSON; an error is `{"error": "…"}`.
 */
export function normalsRoutes(api: NormalsApi): [string, Route][] {
  const { normals } = api;
  return [
    [
      "/normals",
      {
        methods: ["GET", "HEAD", "POST"],
        handle: (request, response) =>
          respond(response, async () => {
            if (request.method !== "POST") return { status: 200, body: listData(normals) };
            checkAllowed(request, api);
            const mark = await readMark(request);
            const to = mark.to ?? api.now();
            const { period, leftOut } = normals.mark({ ...mark, to }, "marked");
            return { status: 201, body: { ...periodData(normals, period), leftOut } };
          }),
      },
    ],
    [
      "/normals/*",
      {
        methods: ["DELETE"],
        handle: (request, response) =>
          respond(response, async () => {
            checkAllowed(request, api);
            const url = new URL(request.url ?? "", "http://localhost");
            const by = url.searchParams.get("by")?.slice(0, 100);
            normals.takeBack(url.pathname.split("/").at(-1) ?? "", "marked", by);
            return { status: 204 };
          }),
      },
    ],
  ];
}

/** Everything that counts as normal, as the page and `outliers ack` show it. */
export const listData = (normals: NormalPeriods) => ({
  normals: normals.list.map((period) => periodData(normals, period)),
});

function periodData(normals: NormalPeriods, period: NormalPeriod) {
  const { id, series, fromMs, toMs, note, by, markedAtMs, origin, problem, samples } = period;
  return {
    id,
    series,
    from: iso(fromMs),
    to: iso(toMs),
    note,
    by,
    markedAt: iso(markedAtMs),
    origin,
    problem: problem ?? null,
    parts: Object.entries(samples).map(([one, { values }]) => ({
      series: one,
      samples: values.length,
      ...normals.stateOf(one, id),
    })),
  };
}

function checkAllowed(request: IncomingMessage, { readOnly, pageUrl }: NormalsApi): void {
  if (readOnly !== undefined) throw new Refusal(403, readOnly);
  const foreign = foreignReason(request, pageUrl);
  if (foreign !== undefined) throw new Refusal(403, `refused: ${foreign}`);
}

async function readMark(request: IncomingMessage) {
  // Another site's page can't send this type without asking first, and nobody answers that.
  const [type = ""] = (request.headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json")
    throw new Refusal(415, "expected content-type: application/json");
  const parsed = bodySchema.safeParse(parseJson(await readBody(request)));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    [...path.slice(0, 2).map(String), message].join(": "),
  );
  throw new Refusal(400, faults.join("; "));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new Refusal(413, `the body has more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `the body is no JSON: ${String(error)}`);
  }
}

type Answer = { status: number; body?: object };

function respond(response: ServerResponse, answer: () => Promise<Answer>): void {
  answer()
    .catch((error: unknown): Answer => {
      if (error instanceof Refusal) return { status: error.status, body: { error: error.message } };
      if (!(error instanceof NormalPeriodError))
        return { status: 500, body: { error: String(error) } };
      const { kind, message, keptFromMs } = error;
      const keptFrom = keptFromMs === undefined ? {} : { keptFrom: iso(keptFromMs) };
      return { status: statusOfKind[kind], body: { error: message, ...keptFrom } };
    })
    .then(({ status, body }) => {
      const headers = { ...securityHeaders, "cache-control": "no-store" };
      // What of a body was not read would be taken for the next request.
      if (status === 413) response.setHeader("connection", "close");
      if (body === undefined) response.writeHead(status, headers).end();
      else
        response
          .writeHead(status, { ...headers, "content-type": "application/json" })
          .end(`${JSON.stringify(body)}\n`);
    })
    .catch(() => response.destroy());
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
