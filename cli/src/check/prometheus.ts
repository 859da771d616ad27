import { z } from "zod";
import { reasonOf } from "../errors.ts";
import { type Endpoint, send } from "../http.ts";
import { count } from "../output/number.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

const TIMEOUT_MS = 3000;

const targetsAnswer = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({
        scrapePool: z.string(),
        scrapeUrl: z.string(),
        health: z.string(),
        lastError: z.string(),
      }),
    ),
  }),
});
const queryAnswer = z.object({
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }),
});

/** Whether Prometheus answers, scrapes every part of a deployment, and which alerts fire. */
export async function checkPrometheus(server: Endpoint): Promise<Finding[]> {
  const { url } = server;
  const get = async (path: string): Promise<unknown> => {
    const { status, text } = await send(server, path, TIMEOUT_MS);
    if (status === 401) throw new Error("HTTP 401: give --user or --bearer-token");
    if (status !== 200) throw new Error(`HTTP ${status}`);
    return JSON.parse(text);
  };
  const query = async (promql: string) =>
    queryAnswer.parse(await get(`/api/v1/query?query=${encodeURIComponent(promql)}`)).data.result;
  try {
    const targets = targetsAnswer.parse(await get("/api/v1/targets?state=active"));
    const collectors = await query("outliers_value");
    const detectors = await query("detector_build_info");
    const alerts = await query('ALERTS{alertstate="firing"}');
    return [
      ...targetFindings(url, targets.data.activeTargets),
      scraped(collectors.length, "outliers_value", "collector"),
      scraped(detectors.length, "detector_build_info", "detector"),
      ...alerts.map(({ metric: { alertname, instance, series } }) =>
        note(
          ["the alert", alertname, "is firing", instance, series].filter(Boolean).join(" "),
          "docs/runbook.md explains it, and what to do",
        ),
      ),
    ];
  } catch (error) {
    const isOther = error instanceof z.ZodError || error instanceof SyntaxError;
    const reason = isOther ? "what answers is not Prometheus" : reasonOf(error);
    return [
      problem(
        `Prometheus at ${url} can't be queried: ${reason}`,
        "check that it runs (docker compose ps prometheus), give its address with --prometheus, or use --no-prometheus",
      ),
    ];
  }
}

const scraped = (series: number, metric: string, service: string): Finding =>
  series > 0
    ? ok(`Prometheus has ${series} series of ${metric}`)
    : problem(
        `Prometheus has no ${metric}`,
        `configure it to scrape the ${service}: prometheus/prometheus.yml shows how`,
      );

type Target = z.output<typeof targetsAnswer>["data"]["activeTargets"][number];

function targetFindings(url: string, targets: readonly Target[]): Finding[] {
  if (targets.length === 0) {
    return [
      problem(
        `Prometheus at ${url} answers, but scrapes nothing`,
        "configure the targets of prometheus/prometheus.yml",
      ),
    ];
  }
  const down = targets.filter(({ health }) => health === "down");
  if (down.length === 0) {
    return [ok(`Prometheus at ${url} answers, and scrapes ${count(targets.length, "target")}`)];
  }
  return down.map(({ scrapePool, scrapeUrl, lastError }) =>
    problem(
      `Prometheus can't scrape ${scrapeUrl} (job ${scrapePool}): ${lastError}`,
      "check that this service runs, and that Prometheus can reach it",
    ),
  );
}
