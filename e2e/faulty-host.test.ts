// Four of fifty hosts fail, and are found through the whole stack; docs/queries.md says how soon.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { waitFor } from "@outliers/service/wait-for";
import { prometheusAt } from "./prometheus.ts";
import { createHosts, hostNames } from "./simulated-hosts.ts";
import { composeWith, PORTS } from "./stack.ts";

const files = ["docker-compose.yml", "e2e/simulated-hosts.yml"].flatMap((file) => ["--file", file]);
const QUERIES = 4;
/** The default for a minute that takes five seconds, so that a day has twelve times as many. */
const SENSITIVITY = 12 * 0.1;
/** How seldom the test may fail because of false positives at the rate that is asked for. */
const TAIL = 1e-6;
/** A scrape that comes just before or after a step of the query. */
const UNEVEN = 1;
const GONE = "web-28";
/** As docs/queries.md has it. */
const faults = [
  { query: "latency_p99_seconds", host: "web-07", fault: { latencyFactor: 2 }, samples: 3 },
  { query: "cpu_percent", host: "web-19", fault: { isCpuStuck: true }, samples: 25 },
  // After 20 of them it is outside of its usual range of 10 %.
  {
    query: "memory_used_percent",
    host: "web-41",
    fault: { leakPercentPerMinute: 0.5 },
    samples: 20,
  },
] as const;
/** Most of it is for a busy machine. */
const LIMIT_MS = 300_000;

const ours = prometheusAt(PORTS.prometheus);

/** The greatest number of events that is not rarer than TAIL at a mean of so many. */
function mostEvents(mean: number): number {
  let probability = Math.exp(-mean);
  let rarer = 1 - probability;
  let events = 0;
  while (rarer > TAIL) {
    events += 1;
    probability *= mean / events;
    rarer -= probability;
  }
  return events;
}

describe("a faulty host among fifty", () => {
  let hosts: Awaited<ReturnType<typeof createHosts>>;
  let watchedFromMs: number;
  let failedAtMs: number;

  const run = (...args: string[]): Promise<void> =>
    composeWith(
      {
        SOURCES: "none",
        QUERIES_FILE: "e2e/simulated-hosts-queries.yml",
        SIMULATED_HOSTS: hosts?.folder ?? "/none",
        DETECT_INTERVAL: "1s",
        SENSITIVITY: String(SENSITIVITY),
      },
      ...files,
      ...args,
    );

  before(async () => {
    await run("build", "detector", "collector", "prometheus");
    hosts = await createHosts();
    await run("up", "--detach", "hosts-prometheus");
    // Series that are first seen at the same time are taught their past together.
    await waitFor("all hosts to be scraped", LIMIT_MS, async () => hosts.areScraped());
    await run("up", "--detach", "collector", "prometheus");
    watchedFromMs = Date.now();
  });
  after(async () => {
    await run("down", "--volumes", "--timeout", "2");
    await hosts?.close();
  });

  it("has all of them watched once their past has been read", async () => {
    const all = QUERIES * hostNames.length;
    await waitFor("all series to be ready", LIMIT_MS, async () => {
      const ready = await ours.valueNow('count(outliers_state{state="ready"} == 1)');
      return ready === all && (await ours.valueNow("sum(collector_backfill_series)")) === 0;
    });
  });

  it("finds those that fail as soon as documented", async (test) => {
    failedAtMs = hosts.fail({
      ...Object.fromEntries(faults.map(({ host, fault }) => [host, fault])),
      [GONE]: { isGone: true },
    });
    await waitFor("the host that is gone", LIMIT_MS, async () => {
      const absent = await ours.find('outliers_state{state="absent"} == 1');
      return absent.filter(({ labels }) => labels.instance === GONE).length === QUERIES;
    });
    for (const { query, host, samples } of faults) {
      const series = `{query="${query}",instance="${host}"}`;
      let sinceMs = Number.NaN;
      await waitFor(`an event of ${series}`, LIMIT_MS, async () => {
        sinceMs = 1000 * (await ours.valueNow(`outliers_active_since_timestamp_seconds${series}`));
        return sinceMs >= failedAtMs;
      });
      const taken = hosts.scrapesOf(host, failedAtMs, sinceMs);
      test.diagnostic(`${series}: after ${taken} samples`);
      assert.ok(taken <= samples + UNEVEN, `${series}: after ${taken} samples`);
    }
  });

  it("alerts on them", async () => {
    const isFiring = async (alert: string, labels: string): Promise<boolean> =>
      (await ours.find(`ALERTS{alertname="${alert}",alertstate="firing",${labels}}`)).length > 0;
    await waitFor("the alert on the host that is gone", LIMIT_MS, () =>
      isFiring("QuerySeriesAbsent", `instance="${GONE}"`),
    );
    const [latency] = faults;
    await waitFor("the alert on the latency", LIMIT_MS, () =>
      isFiring("QueryOutlier", `query="${latency.query}",instance="${latency.host}"`),
    );
  });

  it("reports no more of the others than was asked for", async (test) => {
    const events = await ours.find("outliers_events_total > 0");
    const others = events.filter(
      ({ labels: { query, instance } }) =>
        instance !== GONE && !faults.some((one) => one.query === query && one.host === instance),
    );
    const days = (Date.now() - watchedFromMs) / 86_400_000;
    const most = mostEvents(SENSITIVITY * QUERIES * hostNames.length * days);
    const count = others.reduce((sum, { value }) => sum + value, 0);
    test.diagnostic(`${count} events, at most ${most}`);
    assert.ok(count <= most, `${count} events, at most ${most}: ${JSON.stringify(others)}`);
  });
});
