import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { createMetrics } from "@outliers/collector/metrics";
import { SampleBudget } from "@outliers/collector/sample-budget";
import { Series } from "@outliers/collector/series";
import { Statuses } from "@outliers/collector/sinks/status";
import { cpuSeconds } from "../speed/process-stats.ts";
import { table, whole } from "../speed/table.ts";
import { INTERVAL_SECONDS, startPrometheus } from "./prometheus.ts";
import { METRIC, queryOf, targetOf } from "./series.ts";
import { sumOf } from "./services.ts";

const SERIES = 10_000;
const EVENT_MS = 600_000;
const SETTLE_SECONDS = 60;

/** What it costs a Prometheus to evaluate our alerts while many of them fire. */
export async function alerts(
  folder: string,
  { seconds }: { seconds: number },
  print: (text: string) => void,
): Promise<void> {
  await using prometheus = await startPrometheus(folder);
  const rows: string[][] = [];
  for (const firing of [0, 1000]) {
    const registry = registryOf(firing);
    await using server = createServer((_, response) => {
      void registry.metrics().then((text) => response.end(text));
    });
    server.listen(0, "127.0.0.1");
    await delay(100);
    const address = server.address();
    if (typeof address !== "object" || !address) throw new Error("no port");
    const collector = `127.0.0.1:${address.port}`;
    const costs: number[] = [];
    let durationSeconds = 0;
    for (const rules of [undefined, "alerts"] as const) {
      await prometheus.configure({ collector, ...(rules && { rules }) });
      await delay(SETTLE_SECONDS * 1000);
      const before = cpuSeconds(prometheus.pid);
      await delay(seconds * 1000);
      costs.push(cpuSeconds(prometheus.pid) - before);
      durationSeconds = sumOf(
        await prometheus.metrics(),
        "prometheus_rule_group_last_duration_seconds",
      );
    }
    const [without = 0, with_ = 0] = costs;
    const pending = await prometheus.value(
      'count(ALERTS{alertname="QueryOutlier",alertstate="firing"}) or vector(0)',
    );
    rows.push([
      whole(pending),
      `${((100 * (with_ - without)) / seconds).toFixed(1)} %`,
      durationSeconds.toFixed(2),
    ]);
    await prometheus.configure({});
  }
  print(`${whole(SERIES)} series, our alerts every ${INTERVAL_SECONDS} s\n\n`);
  print(table(["QueryOutlier firing", "CPU of one core", "evaluation, s"], rows));
}

/** The metrics of a collector of whose series some are outliers. */
function registryOf(firing: number) {
  const statuses = new Statuses(1000);
  const budget = new SampleBudget(1);
  const nowMs = Date.now();
  const series = Array.from({ length: SERIES }, (_, n) => {
    const query = queryOf(targetOf(n));
    const one = new Series(
      {
        name: METRIC,
        labels: { query, instance: String(targetOf(n)), n: String(n) },
        title: query,
        unit: "none",
        min: Number.NEGATIVE_INFINITY,
        max: Number.POSITIVE_INFINITY,
        minDeviation: 0,
        minRelativeDeviation: 0,
        direction: "both",
        intervalMs: 1000 * INTERVAL_SECONDS,
      },
      { timeMs: nowMs, value: 99 },
      budget,
    );
    const verdict = { score: 3, expected: 50, lower: 20, upper: 80 };
    const outlierAt = (timeMs: number, phase: "begins" | "continues") =>
      ({
        sample: { timeMs, value: 99 },
        verdict,
        direction: "up",
        reason: "99 is far above the 20–80 seen in the last 14 days",
        phase,
      }) as const;
    statuses.onVerdicts(
      one,
      {
        from: 0,
        samples: [],
        verdicts: [verdict],
        outliers:
          n < firing ? [outlierAt(nowMs - EVENT_MS, "begins"), outlierAt(nowMs, "continues")] : [],
        state: "ready",
        isEventOpen: n < firing,
      },
      nowMs,
    );
    return one;
  });
  return createMetrics({
    series: () => series,
    statuses,
    backlog: () => 0,
    setAside: () => 0,
    now: () => nowMs,
    activeHoldMs: 30_000,
  }).registry;
}
