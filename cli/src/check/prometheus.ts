import { z } from "zod";
import { reasonOf } from "../errors.ts";
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

/** Whether Prometheus answers, scrapes every part of a deployment, and what alerts it has. */
export async function checkPrometheus(url: string): Promise<Finding[]> {
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.json();
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
          "docs/runbook.md says what it means, and what to do",
        ),
      ),
    ];
  } catch (error) {
    const reason = error instanceof z.ZodError ? "what answers is not Prometheus" : reasonOf(error);
    return [
      problem(
        `Prometheus can't be asked at ${url}: ${reason}`,
        "see whether it runs (docker compose ps prometheus), name its address with --prometheus, or say --no-prometheus",
      ),
    ];
  }
}

const scraped = (series: number, metric: string, service: string): Finding =>
  series > 0
    ? ok(`Prometheus has ${series} series of ${metric}`)
    : problem(
        `Prometheus has no ${metric}`,
        `have it scrape the ${service}: prometheus/prometheus.yml shows how`,
      );

type Target = z.output<typeof targetsAnswer>["data"]["activeTargets"][number];

function targetFindings(url: string, targets: readonly Target[]): Finding[] {
  if (targets.length === 0) {
    return [
      problem(
        `Prometheus at ${url} answers, but scrapes nothing`,
        "give it the targets that prometheus/prometheus.yml has",
      ),
    ];
  }
  const down = targets.filter(({ health }) => health === "down");
  if (down.length === 0) {
    return [ok(`Prometheus at ${url} answers, and reaches ${count(targets.length, "target")}`)];
  }
  return down.map(({ scrapePool, scrapeUrl, lastError }) =>
    problem(
      `Prometheus can't scrape ${scrapeUrl} (job ${scrapePool}): ${lastError}`,
      "see whether that service runs, and is reachable from where Prometheus runs",
    ),
  );
}
