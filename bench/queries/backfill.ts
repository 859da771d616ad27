import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cpuSeconds, rssMib } from "../speed/process-stats.ts";
import { table, whole } from "../speed/table.ts";
import { writeHistory } from "./history.ts";
import { startPrometheus } from "./prometheus.ts";
import { startWatch, sumOf } from "./services.ts";

const DAYS = 14;
const STEP_SECONDS = 60;
const POLL_MS = 500;

/** How long it takes until series have been taught their past. */
export async function backfill(
  folder: string,
  series: number,
  print: (text: string) => void,
): Promise<void> {
  const untilSeconds = Math.floor(Date.now() / 1000);
  writeHistory(join(folder, "data"), {
    series,
    days: DAYS,
    stepSeconds: STEP_SECONDS,
    untilSeconds,
  });
  await using prometheus = await startPrometheus(folder);
  const before = cpuSeconds(prometheus.pid);
  const startMs = performance.now();
  const { url } = prometheus;
  await using watch = await startWatch(folder, { url, series, interval: `${STEP_SECONDS}s` });
  const { collector, detector } = watch;
  let samples = 0;
  for (;;) {
    await delay(POLL_MS);
    const metrics = await collector.metrics();
    samples = sumOf(metrics, "collector_backfill_samples_total");
    const waiting = sumOf(metrics, "collector_backfill_series");
    if (samples > 0 && waiting === 0 && sumOf(metrics, "collector_backlog_samples") === 0) break;
  }
  const seconds = (performance.now() - startMs) / 1000;
  const row = (name: string, pid: number, already = 0) => {
    const cpu = cpuSeconds(pid) - already;
    return [name, cpu.toFixed(1), ((1e6 * cpu) / samples).toFixed(2), rssMib(pid).toFixed(0)];
  };
  print(
    `${whole(series)} series of ${DAYS} days at ${STEP_SECONDS} s: ${whole(samples)} samples ` +
      `in ${seconds.toFixed(0)} s\n\n`,
  );
  print(
    table(
      ["process", "CPU, s", "µs/sample", "RSS, MiB"],
      [
        row("collector", collector.pid),
        row("detector", detector.pid),
        row("Prometheus", prometheus.pid, before),
      ],
    ),
  );
}
