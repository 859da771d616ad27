import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@outliers/service/wait-for";
import { z } from "zod";
import { docker, dotEnv, PORTS } from "./stack.ts";

const labels = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);

const answerOf = <Result extends z.ZodType>(result: Result) =>
  z.object({ status: z.literal("success"), data: z.object({ result: z.array(result) }) });

const instant = answerOf(z.object({ metric: labels, value: point }));
const range = answerOf(z.object({ metric: labels, values: z.array(point) }));

/** A series at a point in time. */
export type Found = { labels: Record<string, string>; value: number };

const STEP_SECONDS = 5;
const nowSeconds = () => Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS;

/** The HTTP API of a Prometheus on a port of this host. */
export function prometheusAt(port: number) {
  async function post(path: string, fields: Record<string, string>): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, {
      method: "POST",
      body: new URLSearchParams(fields),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${fields.query}: ${JSON.stringify(body)}`);
    return body;
  }

  /** The result of an expression at a time in seconds. */
  async function find(expression: string, time = nowSeconds()): Promise<Found[]> {
    const body = await post("query", { query: expression, time: String(time) });
    return instant
      .parse(body)
      .data.result.map(({ metric, value: [, text] }) => ({ labels: metric, value: Number(text) }));
  }

  /** The series of the 15 minutes before a time, requested as by a Grafana panel. */
  async function findInRange(expression: string, end = nowSeconds()) {
    const body = await post("query_range", {
      query: expression,
      start: String(end - 900),
      end: String(end),
      step: String(STEP_SECONDS),
    });
    return range.parse(body).data.result;
  }

  /** The samples of a range selector's only series, such as `up[5m]`, as they were stored. */
  async function samples(selector: string) {
    const body = await post("query", { query: selector });
    const [only, ...others] = range.parse(body).data.result;
    if (!only || others.length > 0) throw new Error(`${selector}: ${others.length + 1} series`);
    return only.values.map(([time, text]) => ({ time, value: Number(text) }));
  }

  /** The value of an expression's first series now; NaN if there is none. */
  async function valueNow(expression: string): Promise<number> {
    const [first] = await find(expression);
    return first?.value ?? Number.NaN;
  }

  return {
    find,
    findInRange,
    samples,
    valueNow,
  };
}

/** A Prometheus in a container with the samples of an OpenMetrics text, which may be empty. */
export async function prometheusWith(openMetrics: string) {
  const folder = await mkdtemp(join(tmpdir(), "outliers-samples-"));
  await writeFile(join(folder, "samples.om"), openMetrics);
  await writeFile(join(folder, "prometheus.yml"), "scrape_configs: []\n");
  // The container runs as a different user.
  await chmod(folder, 0o755);
  const load =
    openMetrics === ""
      ? ""
      : "promtool tsdb create-blocks-from openmetrics /samples/samples.om /prometheus > /dev/null;";
  const id = await docker(
    "run",
    "--detach",
    "--publish",
    "127.0.0.1::9090",
    "--volume",
    `${folder}:/samples:ro`,
    "--entrypoint",
    "sh",
    dotEnv.PROMETHEUS_IMAGE ?? "",
    "-ec",
    `${load} exec prometheus --config.file=/samples/prometheus.yml --storage.tsdb.path=/prometheus`,
  );
  const port = Number((await docker("port", id, "9090")).split(":").at(-1));
  await waitFor("Prometheus", 120_000, async () => {
    return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  });
  return {
    ...prometheusAt(port),
    async [Symbol.asyncDispose]() {
      await docker("rm", "--force", "--volumes", id);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The Prometheus of the stack. */
export const { findInRange, valueNow } = prometheusAt(PORTS.prometheus);
