import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startChild } from "../speed/child.ts";
import { cpuSeconds, rssMib } from "../speed/process-stats.ts";
import { file } from "../speed/services.ts";
import { table, whole } from "../speed/table.ts";
import { writeHistory } from "./history.ts";
import { writeLearned } from "./learned.ts";
import { INTERVAL_SECONDS, type Prometheus, startPrometheus } from "./prometheus.ts";
import { idOf } from "./series.ts";
import { startWatch, sumOf } from "./services.ts";

const HISTORY_DAYS = 1;
const SETTLE_SECONDS = 60;

type Measured = { cpu: number; rss: number; memorySeries: number };

/** What it costs to watch series, beside recording rules in the same Prometheus. */
export async function watch(
  folder: string,
  { series, seconds }: { series: number; seconds: number },
  print: (text: string) => void,
): Promise<void> {
  const stepSeconds = INTERVAL_SECONDS;
  const untilSeconds = Math.floor(Date.now() / 1000);
  writeHistory(join(folder, "data"), { series, days: HISTORY_DAYS, stepSeconds, untilSeconds });
  const ids = Array.from({ length: series }, (_, n) => idOf(n));

  await using prometheus = await startPrometheus(folder);
  await using exporter = startChild(process.execPath, [
    file("bench/queries/exporter.ts"),
    String(series),
  ]);
  const port = await exporter.nextLine((line) => line);
  const jobs = { exporter: { port, series } };
  await prometheus.configure(jobs);
  const nothing = await measure(prometheus, seconds);
  await prometheus.configure({ ...jobs, rules: "watch" });
  const rules = await measure(prometheus, seconds);
  const missedByRules = sumOf(
    await prometheus.metrics(),
    "prometheus_rule_group_iterations_missed_total",
  );

  await prometheus.configure(jobs);
  writeLearned(join(folder, "state"), ids, INTERVAL_SECONDS * 1000);
  const { url } = prometheus;
  await using ours = await startWatch(folder, { url, series, interval: `${INTERVAL_SECONDS}s` });
  const { collector, detector } = ours;
  await taught(() => collector.metrics(), series);
  const unscraped = await measureOurs(false);
  await prometheus.configure({ ...jobs, collector: collector.url.replace("http://", "") });
  const scraped = await measureOurs(true);
  const metrics = await collector.metrics();
  const missed = sumOf(metrics, "collector_missed_ticks_total");
  const unmonitored = sumOf(metrics, "outliers_unmonitored_seconds_total");

  async function measureOurs(isScraped: boolean) {
    await delay(SETTLE_SECONDS * 1000);
    const cpus = () => [collector, detector].map(({ pid }) => cpuSeconds(pid));
    const before = cpus();
    const measured = await measure(prometheus, seconds, 0);
    const cpu = cpus().map((after, at) => after - (before[at] ?? 0));
    return {
      ...measured,
      isScraped,
      own: cpu,
      ownRss: [collector, detector].map(({ pid }) => rssMib(pid)),
    };
  }

  const share = (cpu: number): string => `${((100 * cpu) / seconds).toFixed(1)} %`;
  const rowsOf = (what: string, of: typeof scraped) => [
    [`collector, ${what}`, share(of.own[0] ?? 0), (of.ownRss[0] ?? 0).toFixed(0), ""],
    [`detector, ${what}`, share(of.own[1] ?? 0), (of.ownRss[1] ?? 0).toFixed(0), ""],
    [
      `Prometheus, ${what}`,
      share(of.cpu - nothing.cpu),
      (of.rss - nothing.rss).toFixed(0),
      whole(of.memorySeries - nothing.memorySeries),
    ],
  ];
  print(
    `${whole(series)} series at ${INTERVAL_SECONDS} s, ${seconds} s each; Prometheus: what is added\n\n`,
  );
  print(
    table(
      ["process", "CPU of one core", "RSS, MiB", "series written"],
      [
        [
          "Prometheus, rules",
          share(rules.cpu - nothing.cpu),
          (rules.rss - nothing.rss).toFixed(0),
          whole(rules.memorySeries - nothing.memorySeries),
        ],
        ...rowsOf("not scraped", unscraped),
        ...rowsOf("scraped", scraped),
      ],
    ),
  );
  const total = (of: typeof scraped): number =>
    of.cpu - nothing.cpu + of.own.reduce((a, b) => a + b, 0);
  const rulesCpu = rules.cpu - nothing.cpu;
  const ratio = (of: typeof scraped): string => (total(of) / rulesCpu).toFixed(2);
  print(
    `CPU of ours / rules: ${ratio(unscraped)} not scraped, ${ratio(scraped)} scraped\n` +
      `evaluations missed: ${whole(missed)} of ours, ${whole(missedByRules)} of the rules; ` +
      `unmonitored: ${unmonitored.toFixed(0)} s\n`,
  );
}

/** Waits until all series are watched. */
async function taught(metricsOf: () => Promise<string>, series: number): Promise<void> {
  for (;;) {
    await delay(1000);
    const metrics = await metricsOf();
    const watched = metrics.match(/^outliers_state{.*state="ready".*} 1$/gm)?.length ?? 0;
    if (watched === series && sumOf(metrics, "collector_backfill_series") === 0) return;
  }
}

async function measure(
  prometheus: Prometheus,
  seconds: number,
  settleSeconds = SETTLE_SECONDS,
): Promise<Measured> {
  await delay(settleSeconds * 1000);
  const before = cpuSeconds(prometheus.pid);
  await delay(seconds * 1000);
  return {
    cpu: cpuSeconds(prometheus.pid) - before,
    rss: rssMib(prometheus.pid),
    memorySeries: await prometheus.value('count({__name__=~".+"})'),
  };
}
