import { z } from "zod";
import { InputError, reasonOf } from "../errors.ts";
import { type Answer, change, type Endpoint, send } from "../http.ts";

const TIMEOUT_MS = 5000;

const normalSchema = z.object({
  id: z.string(),
  /** Null: all that there were. */
  series: z.array(z.string()).nullable(),
  from: z.string(),
  to: z.string(),
  note: z.string(),
  by: z.string(),
  markedAt: z.string(),
  origin: z.enum(["marked", "file"]),
  /** Why it could not be learnt, if it could not. */
  problem: z.string().nullable(),
  parts: z.array(
    z.object({
      series: z.string(),
      samples: z.number(),
      state: z.enum(["pending", "learnt", "refused"]),
      reason: z.string().optional(),
    }),
  ),
});
/** A period that counts as normal. */
export type Normal = z.output<typeof normalSchema>;

const listSchema = z.object({ normals: z.array(normalSchema) });
const markedSchema = normalSchema.extend({
  leftOut: z.array(z.object({ series: z.string(), reason: z.string() })),
});
const failureSchema = z.object({ error: z.string() });

/** A period to mark, its times in ms; without an end, it lasts until now by the collector's clock. */
export type NewNormal = {
  fromMs: number;
  toMs: number | undefined;
  /** None: all. */
  series: readonly string[];
  note: string;
  by: string;
};

/** @throws InputError */
export async function listNormals(collector: Endpoint): Promise<Normal[]> {
  const answer = await asked(collector, send(collector, "/normals", TIMEOUT_MS));
  return parsed(collector, answer, listSchema).normals;
}

/** @throws InputError */
export async function markNormal(collector: Endpoint, normal: NewNormal) {
  const { fromMs, toMs, series, note, by } = normal;
  const body = {
    from: new Date(fromMs).toISOString(),
    ...(toMs === undefined ? {} : { to: new Date(toMs).toISOString() }),
    ...(series.length === 0 ? {} : { series }),
    note,
    by,
  };
  const sent = change(collector, "POST", "/normals", TIMEOUT_MS, body);
  return parsed(collector, await asked(collector, sent), markedSchema);
}

/** @throws InputError */
export async function takeBackNormal(collector: Endpoint, id: string, by: string): Promise<void> {
  const path = `/normals/${encodeURIComponent(id)}?by=${encodeURIComponent(by)}`;
  const answer = await asked(collector, change(collector, "DELETE", path, TIMEOUT_MS));
  if (answer.status !== 204) throw failed(collector, answer);
}

async function asked({ url }: Endpoint, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw new InputError(`no answer from ${url}/normals: ${reasonOf(error)}`);
  }
}

function parsed<T>(collector: Endpoint, answer: Answer, schema: z.ZodType<T>): T {
  const result = schema.safeParse(json(answer.text));
  if (answer.status >= 300 || !result.success) throw failed(collector, answer);
  return result.data;
}

function failed({ url }: Endpoint, { status, text }: Answer): InputError {
  const failure = failureSchema.safeParse(json(text));
  if (failure.success) return new InputError(failure.data.error);
  if (status === 404 || status === 405)
    return new InputError(`${url} is no collector, or one that can't be told what was normal`);
  return new InputError(`no answer from ${url}/normals: HTTP ${status}`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
