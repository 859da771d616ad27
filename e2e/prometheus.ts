import { z } from "zod";
import { PORTS } from "./stack.ts";

const point = z.tuple([z.number(), z.string()]);

const answerOf = <Result extends z.ZodType>(result: Result) =>
  z.object({ status: z.literal("success"), data: z.object({ result: z.array(result) }) });

const instant = answerOf(z.object({ value: point }));
const range = answerOf(z.object({ values: z.array(point) }));

async function post(path: string, fields: Record<string, string>): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${PORTS.prometheus}/api/v1/${path}`, {
    method: "POST",
    body: new URLSearchParams(fields),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`${fields.query}: ${JSON.stringify(body)}`);
  return body;
}

/** The value of the first series that an expression has now; NaN when there is none. */
export async function valueNow(expression: string): Promise<number> {
  const [first] = instant.parse(await post("query", { query: expression })).data.result;
  return Number(first?.value[1] ?? Number.NaN);
}

const STEP_SECONDS = 5;

/** How many points an expression has in the last 15 minutes, asked for as a Grafana panel does. */
export async function pointsInRange(expression: string): Promise<number> {
  const end = Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS;
  const body = await post("query_range", {
    query: expression,
    start: String(end - 900),
    end: String(end),
    step: String(STEP_SECONDS),
  });
  return range.parse(body).data.result.reduce((count, { values }) => count + values.length, 0);
}
