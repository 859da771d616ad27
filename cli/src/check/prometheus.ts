import { z } from "zod";
import { reasonOf } from "../errors.ts";
import { count } from "../output/number.ts";
import { type Finding, ok, problem } from "./finding.ts";

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
const queryAnswer = z.object({ data: z.object({ result: z.array(z.unknown()) }) });

/** Whether Prometheus answers, reaches what it scrapes, and has the series. */
export async function checkPrometheus(url: string): Promise<Finding[]> {
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.json();
  };
  try {
    const targets = targetsAnswer.parse(await get("/api/v1/targets?state=active"));
    const series = queryAnswer.parse(await get("/api/v1/query?query=outliers_value"));
    return [
      ...targetFindings(url, targets.data.activeTargets),
      series.data.result.length > 0
        ? ok(`Prometheus has ${series.data.result.length} series of outliers_value`)
        : problem(
            "Prometheus has no outliers_value",
            "have it scrape the collector: prometheus/prometheus.yml shows how",
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

type Target = z.output<typeof targetsAnswer>["data"]["activeTargets"][number];

function targetFindings(url: string, targets: readonly Target[]): Finding[] {
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
