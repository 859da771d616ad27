import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@outliers/testing/fake-detector";
import { type Child, startChild } from "../speed/child.ts";

import { file, get } from "../speed/services.ts";
import { JOB, METRIC, TARGETS_PATH, targetsOf } from "./series.ts";

/** What a Prometheus scrapes and evaluates. */
type Jobs = {
  /** How many series of an exporter. */
  exporter?: { port: string; series: number };
  collector?: string;
  /** The rules that it evaluates: those that watch the same series, or our alerts. */
  rules?: "watch" | "alerts";
};

export type Prometheus = Child & {
  readonly url: string;
  configure(jobs: Jobs): Promise<void>;
  /** The value of a query that has one. */
  value(expr: string): Promise<number>;
  /** Its own metrics. */
  metrics(): Promise<string>;
};

export const INTERVAL_SECONDS = 15;
const POLL_MS = 250;

/** The usual watch in PromQL: mean ± 3σ over a day. */
const RULES = {
  groups: Array.from({ length: 10 }, (_, instance) => {
    const series = `${METRIC}{instance="${instance}"}`;
    return {
      name: `watch-${instance}`,
      interval: `${INTERVAL_SECONDS}s`,
      rules: [
        { record: "watch:mean", expr: `avg_over_time(${series}[1d])` },
        { record: "watch:stddev", expr: `stddev_over_time(${series}[1d])` },
        {
          alert: "Unusual",
          expr:
            `abs(${series} - on (instance, n) watch:mean{instance="${instance}"})` +
            ` > on (instance, n) 3 * watch:stddev{instance="${instance}"}`,
        },
      ],
    };
  }),
};

/** A Prometheus with its data in a folder. It logs errors only. */
export async function startPrometheus(folder: string): Promise<Prometheus> {
  const config = join(folder, "prometheus.yml");
  const rules = join(folder, "rules.yml");
  // JSON is YAML.
  writeFileSync(rules, JSON.stringify(RULES));
  writeFileSync(config, "{}");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild("prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-lifecycle",
    "--log.level=error",
  ]);
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) await delay(POLL_MS);
  return {
    ...child,
    url,
    async configure({ exporter, collector, rules: evaluated }) {
      const scrape_configs = [
        ...(exporter ? exporterJobs(exporter) : []),
        ...(collector === undefined
          ? []
          : [
              {
                job_name: "collector",
                honor_labels: true,
                static_configs: [{ targets: [collector] }],
              },
            ]),
      ];
      const interval = `${INTERVAL_SECONDS}s`;
      const global = {
        scrape_interval: interval,
        scrape_timeout: "10s",
        evaluation_interval: interval,
      };
      const files = { watch: rules, alerts: file("prometheus/rules/outliers.yml") };
      const rule_files = evaluated ? [files[evaluated]] : [];
      writeFileSync(config, JSON.stringify({ global, scrape_configs, rule_files }));
      const { ok } = await fetch(`${url}/-/reload`, { method: "POST" });
      if (!ok) throw new Error("Prometheus refused its configuration");
    },
    async value(expr) {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
      const text = await response.text();
      const value = /"value":\[[\d.]+,"([^"]+)"\]/.exec(text)?.[1];
      if (value === undefined) throw new Error(`${expr} has no value: ${text}`);
      return Number(value);
    },
    metrics: () => get(`${url}/metrics`),
  };
}

function exporterJobs({ port, series }: { port: string; series: number }) {
  return Array.from({ length: targetsOf(series) }, (_, target) => ({
    job_name: `${JOB}-${target}`,
    metrics_path: `${TARGETS_PATH}${target}`,
    static_configs: [
      { targets: [`127.0.0.1:${port}`], labels: { job: JOB, instance: String(target) } },
    ],
  }));
}
