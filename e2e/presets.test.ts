// The queries of the preset kubernetes on a real Prometheus, with scrapes of a small cluster. Their lines are as
// kube-state-metrics 2 and a kubelet with containerd print them; the cluster is made up, so that it has all that
// is counted wrongly elsewhere.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { prometheusWith } from "./prometheus.ts";

const STEP_SECONDS = 30;
const PAST_SECONDS = 900;
/** The time of the scrapes: 2025-11-26T12:00:00Z. */
const SCRAPED_SECONDS = 1_764_158_400;
const END = Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS;

type Labels = Record<string, string>;

const read = (path: string): string =>
  readFileSync(new URL(`../collector/${path}`, import.meta.url), "utf8");

const { queries } = z
  .object({ queries: z.array(z.object({ name: z.string(), expr: z.string() })) })
  .parse(parse(read("presets/kubernetes.yml")));

/** What was scraped, with the labels of its target, and how long ago for the last time. */
type Target = { file: string; labels: Labels; endedSecondsAgo?: number };

const kubelet = (node: string, path: string, service = "kube-prometheus-stack-kubelet") => ({
  job: "kubelet",
  instance: `${node}:10250`,
  metrics_path: path,
  node,
  namespace: "kube-system",
  endpoint: "https-metrics",
  service,
});
const kubeStateMetrics = (pod: string) => ({
  job: "kube-state-metrics",
  instance: `${pod}:8080`,
  namespace: "monitoring",
  pod,
  container: "kube-state-metrics",
  endpoint: "http",
  service: "kube-prometheus-stack-kube-state-metrics",
});
const CADVISOR = "/metrics/cadvisor";

/** As kube-prometheus-stack scrapes, with everything of node-2 and all of kube-state-metrics scraped twice. */
const targets: readonly Target[] = [
  { file: "kube-state-metrics.prom", labels: kubeStateMetrics("ksm-59c4-7xk2p") },
  { file: "kube-state-metrics.prom", labels: kubeStateMetrics("ksm-59c4-qm8zt") },
  { file: "cadvisor-node-1.prom", labels: kubelet("node-1", CADVISOR) },
  // A container that has been restarted, and pods that have been replaced. cAdvisor's samples have timestamps,
  // so their series go on for five minutes; those of kube-state-metrics end at once.
  {
    file: "cadvisor-node-1-ended.prom",
    labels: kubelet("node-1", CADVISOR),
    endedSecondsAgo: 120,
  },
  {
    file: "kube-state-metrics-ended.prom",
    labels: kubeStateMetrics("ksm-59c4-7xk2p"),
    // Its series ended 120 s ago as well, but a file can't hold their end: after five minutes they are gone.
    endedSecondsAgo: 330,
  },
  ...["kube-prometheus-stack-kubelet", "left-by-an-old-release-kubelet"].flatMap((service) => [
    { file: "cadvisor-node-2.prom", labels: kubelet("node-2", CADVISOR, service) },
    { file: "kubelet-node-2.prom", labels: kubelet("node-2", "/metrics", service) },
  ]),
];

const TYPE = /^# TYPE (\S+) (\S+)$/;
const SAMPLE = /^(\w+)\{(.*)\} (\S+)(?: \d+)?$/;
const LABEL = /(\w+)="([^"]*)"/g;

/**
 * What targets have exported in fifteen minutes, as OpenMetrics text. The files are the end of it; counters
 * have grown evenly from 0, gauges were what they are.
 */
function scraped(): string {
  const families = new Map<string, string[]>();
  for (const { file, labels: ofTarget, endedSecondsAgo = 0 } of targets) {
    let isCounter = false;
    for (const line of read(`test/fixtures/kubernetes/${file}`).trimEnd().split("\n")) {
      const [, , type] = TYPE.exec(line) ?? [];
      if (type !== undefined) isCounter = type === "counter";
      const [, name, labelText = "", scrapedValue] = SAMPLE.exec(line) ?? [];
      if (name === undefined) {
        assert.match(line, /^# (HELP|TYPE) /);
        continue;
      }
      const own: Labels = {};
      for (const [, label = "", text = ""] of labelText.matchAll(LABEL)) own[label] = text;
      // honor_labels: the labels of the exporter win, and an empty one is none.
      const labels = Object.entries({ ...ofTarget, ...own })
        .filter(([, text]) => text !== "")
        .map(([label, text]) => `${label}="${text}"`)
        .join(",");
      const value = Number(scrapedValue) + (name.endsWith("_created") ? END - SCRAPED_SECONDS : 0);
      const lines = families.get(name) ?? [`# TYPE ${name} unknown`];
      families.set(name, lines);
      const last = PAST_SECONDS - endedSecondsAgo;
      for (let age = 0; age <= last; age += STEP_SECONDS)
        lines.push(
          `${name}{${labels}} ${isCounter ? (value * age) / last : value} ${END - PAST_SECONDS + age}`,
        );
    }
  }
  return `${[...families.values()].map((lines) => lines.join("\n")).join("\n")}\n# EOF\n`;
}

const shop = (workload: string) => `namespace=shop workload=${workload}`;
const system = (workload: string) => `namespace=kube-system workload=${workload}`;

/** What has ended 120 s ago has 195 of the last 300 s: Prometheus adds half an interval to the 180 s it has seen. */
const OF_ENDED = 195 / 300;

/** By hand: a counter's rate is what was scraped last, divided by 900 s, or by 780 s where it has ended. */
const EXPECTED: Record<string, Record<string, number>> = {
  kubernetes_cpu_cores: {
    // With the pod that was replaced.
    [shop("web")]: 0.5 + 0.1 + 0.3 + 0.05 + 0.1 * OF_ENDED,
    [shop("worker")]: 0.02 + 0.1 * OF_ENDED,
    [shop("db")]: 0.4,
    // A StatefulSet, whose name ends like that of a ReplicaSet.
    [shop("web-grpcsvc")]: 0.2,
    [system("coredns")]: 0.05,
    [system("kube-proxy")]: 0.01 + 0.03 + 0.01 * OF_ENDED,
    // etcd and the API server.
    [system("node-1")]: 0.2 + 0.3,
  },
  kubernetes_cpu_throttled_percent: {
    // Of the second pod; the first has 10 %.
    [shop("web")]: 25,
    // Both runs of the container; 75 % is what the pod has as a whole.
    [shop("worker")]: 50,
    [shop("db")]: 0,
  },
  kubernetes_memory_bytes: {
    // Of the pods that are there; 400e6 was that of the one that was replaced.
    [shop("web")]: 300e6 + 50e6,
    // Of the run that has ended, not of both.
    [shop("worker")]: 500e6,
    [shop("db")]: 1e9,
    [shop("web-grpcsvc")]: 200e6,
    [system("coredns")]: 60e6,
    [system("kube-proxy")]: 40e6,
    [system("node-1")]: 600e6,
  },
  kubernetes_restarts: {
    [shop("web")]: 0,
    // 9 in fifteen minutes.
    [shop("worker")]: 6,
    [shop("db")]: 0,
    [shop("web-grpcsvc")]: 0,
    [system("coredns")]: 0,
    [system("kube-proxy")]: 0,
    [system("node-1")]: 0,
  },
  kubernetes_oom_kills: { "namespace=shop": 6, "namespace=kube-system": 0 },
  kubernetes_replicas_unavailable: {
    [shop("web")]: 0,
    [shop("worker")]: 1,
    [shop("db")]: 1,
    [shop("web-grpcsvc")]: 0,
    [system("coredns")]: 0,
    [system("kube-proxy")]: 0,
  },
  // The worker, not the job whose container is being created.
  kubernetes_containers_waiting: { "namespace=shop": 1, "namespace=kube-system": 0 },
  // db-1, not the pod that is a minute old.
  kubernetes_pods_pending: { "namespace=shop": 1, "namespace=kube-system": 0 },
  kubernetes_jobs_failed: { "namespace=shop": 1 },
  kubernetes_nodes_unhealthy: {
    // node-3 has joined a minute ago.
    "condition=Ready": 0,
    // node-2.
    "condition=DiskPressure": 1,
    "condition=MemoryPressure": 0,
    "condition=NetworkUnavailable": 0,
    "condition=PIDPressure": 0,
  },
  kubernetes_volume_used_percent: { "namespace=shop persistentvolumeclaim=data-db-0": 75 },
  // Without the 9e9 and 5e9 bytes that each pod in the network of its node has.
  kubernetes_network_receive_bytes_per_second: {
    "namespace=shop": (900e6 + 450e6 + 90e6 + 18e6 + 9e6 + 9e6) / 900 + 100_000 * OF_ENDED,
    "namespace=kube-system": 9e6 / 900,
  },
  kubernetes_network_transmit_bytes_per_second: {
    "namespace=shop": (450e6 + 225e6 + 180e6 + 27e6 + 9e6 + 9e6) / 900 + 50_000 * OF_ENDED,
    "namespace=kube-system": 18e6 / 900,
  },
};

const rounded = (series: [string, number][]) =>
  Object.fromEntries(series.map(([labels, value]) => [labels, Number(value.toPrecision(9))]));

describe("the preset kubernetes", () => {
  let prometheus: Awaited<ReturnType<typeof prometheusWith>>;
  before(async () => {
    prometheus = await prometheusWith(scraped());
  });
  after(() => prometheus?.[Symbol.asyncDispose]());

  for (const { name, expr } of queries)
    it(`${name} has every series once, with the right value`, async () => {
      const found = (await prometheus.find(expr, END)).map(
        ({ labels, value }): [string, number] => [
          Object.entries(labels)
            .map(([label, text]) => `${label}=${text}`)
            .toSorted()
            .join(" "),
          value,
        ],
      );
      assert.deepEqual(rounded(found), rounded(Object.entries(EXPECTED[name] ?? {})));
    });
});
