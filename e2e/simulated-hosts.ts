// Simulated hosts with a past, which a Prometheus scrapes: http://host.docker.internal:PORT/web-01
import { once } from "node:events";
import { chmod, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HostFault, SimulatedHost } from "@outliers/testing/simulated-host";

const HOSTS = 50;
/** So long takes a minute of the hosts. */
const STEP_MS = 5000;
/** Enough for everything that the detector can learn to be in use. */
const PAST_STEPS = 2400;
/** Makes the hosts the same in every run. */
const SEED = 8000;
const TEXT_FORMAT = "text/plain; version=0.0.4";

export const hostNames: readonly string[] = Array.from(
  { length: HOSTS },
  (_, index) => `web-${String(index + 1).padStart(2, "0")}`,
);

type Served = {
  host: SimulatedHost;
  /** What is scraped at present; empty if it is gone. */
  text: string;
  scrapedAtMs: number[];
};

/** The metrics of a host; undefined if it is gone. */
function metricsOf(host: SimulatedHost): [name: string, value: number][] | undefined {
  const sample = host.next();
  return (
    sample && [
      ["latency_p99_seconds", sample.latencySeconds],
      ["cpu_percent", sample.cpuPercent],
      ["memory_used_percent", sample.memoryUsedPercent],
      ["requests_per_second", sample.requestsPerSecond],
    ]
  );
}

/**
 * Serves the metrics of each host at a path of its own. They change with the wall clock, and so does
 * the past: it ends when the hosts are created.
 */
export async function createHosts() {
  const hosts = new Map<string, Served>();
  for (const [index, name] of hostNames.entries()) {
    const host = new SimulatedHost({ seed: SEED + 10 * index, isSteady: true });
    hosts.set(name, { host, text: "", scrapedAtMs: [] });
  }
  const folder = await mkdtemp(join(tmpdir(), "outliers-hosts-"));
  const stepNow = (): number => Math.floor(Date.now() / STEP_MS);
  let step = stepNow() - PAST_STEPS;

  await writePast();
  const server = createServer((request, response) => {
    for (const now = stepNow(); step <= now; step++) next();
    const host = hosts.get(request.url?.slice(1) ?? "");
    host?.scrapedAtMs.push(Date.now());
    if (host?.text) response.setHeader("content-type", TEXT_FORMAT).end(host.text);
    else response.writeHead(404).end();
  });
  // Containers don't connect from loopback.
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await writeFile(join(folder, "prometheus.yml"), prometheusConfig(`host.docker.internal:${port}`));
  // The container runs as a different user.
  await chmod(folder, 0o755);

  function next(): void {
    for (const one of hosts.values())
      one.text = (metricsOf(one.host) ?? []).map((metric) => `${metric.join(" ")}\n`).join("");
  }

  async function writePast(): Promise<void> {
    const file = await open(join(folder, "past.om"), "w");
    const fromStep = step;
    for (const [instance, { host }] of hosts) {
      let text = "";
      for (step = fromStep; step < fromStep + PAST_STEPS; step++)
        for (const [name, value] of metricsOf(host) ?? [])
          text += `${name}{job="hosts",instance="${instance}"} ${value} ${(step * STEP_MS) / 1000}\n`;
      await file.write(text);
    }
    await file.write("# EOF\n");
    await file.close();
  }

  return {
    /** Has the past, and a configuration of Prometheus. */
    folder,
    areScraped: (): boolean => [...hosts.values()].every((host) => host.scrapedAtMs.length > 0),
    /** How many samples of a host were taken in a time. */
    scrapesOf: (name: string, fromMs: number, untilMs: number): number =>
      (hosts.get(name)?.scrapedAtMs ?? []).filter((at) => at >= fromMs && at <= untilMs).length,
    /** @returns since when something is wrong with them */
    fail(faults: Readonly<Record<string, HostFault>>): number {
      for (const [name, fault] of Object.entries(faults)) hosts.get(name)?.host.fail(fault);
      return step * STEP_MS;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** JSON is YAML. */
function prometheusConfig(target: string): string {
  const static_configs = hostNames.map((instance) => ({
    targets: [target],
    labels: { instance, __metrics_path__: `/${instance}` },
  }));
  const interval = `${STEP_MS / 1000}s`;
  return JSON.stringify({
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [{ job_name: "hosts", static_configs }],
  });
}
