// The whole stack on real containers. The tests build on each other and run in this order.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { elapsedTicks, parseProcStat, percent, total } from "@outliers/collector/sources/cpu-times";
import { dashboardFiles } from "@outliers/grafana/dashboards";
import { expressions } from "@outliers/grafana/queries";
import { waitFor } from "@outliers/service/wait-for";
import { chaos } from "./chaos.ts";
import { findInRange, valueNow } from "./prometheus.ts";
import {
  availableServices,
  collectorMetric,
  collectorMetrics,
  compose,
  containers,
  docker,
  dotEnv,
  get,
  inspect,
  killHard,
  type LogLine,
  loadCpu,
  logOf,
  memory,
  PORTS,
  processOf,
  reconfigureCollector,
  replicaMetrics,
  sumOf,
  warmUp,
} from "./stack.ts";

const FAILED = /^collector_detect_requests_total\{code="(?!OK")/;
const SAMPLES = /^collector_samples_total/;
const MISSED = /^collector_missed_ticks_total/;
const DROPPED = /^collector_dropped_samples_total/;
const BACKLOG = /^collector_backlog_samples/;
const OPENED = /^collector_streams_opened_total/;
const HANDLED = /^grpc_server_handled_total\{.*grpc_method="Detect",grpc_code="OK"/;
/** Its metrics are only there while queries are watched. */
const WATCHED = "watched-queries.json";
const MEMORY = 'series="memory_used_percent"';

let services: string[] = [];

const until = (what: string, seconds: number, holds: () => Promise<boolean>) =>
  waitFor(what, seconds * 1000, holds);

/** Waits until all samples have verdicts, except for those under way. */
const untilCaughtUp = (seconds: number) =>
  until("the backlog to drain", seconds, async () => (await collectorMetric(BACKLOG)) <= 20);

/** The replicas that have a stream. */
async function withStream(): Promise<string[]> {
  const replicas = await containers("detector");
  const held = await Promise.all(
    replicas.map(async (one) => sumOf(await replicaMetrics(one), /^detector_streams /)),
  );
  return replicas.filter((_, at) => (held[at] ?? 0) > 0);
}

async function scale(replicas: number): Promise<void> {
  await compose("up", "--detach", "--no-recreate", "--scale", `detector=${replicas}`, "detector");
}

before(async () => {
  services = await availableServices();
  await compose("down", "--volumes", "--timeout", "2");
});

after(async () => {
  await compose("down", "--volumes", "--timeout", "2");
});

describe("docker compose up", () => {
  it("has every service healthy within two minutes", async () => {
    await compose("build", ...services.filter((service) => service !== "grafana"));
    await compose("up", "--detach", "--wait", "--wait-timeout", "120", ...services);
    for (const service of services) {
      const [container = ""] = await containers(service);
      assert.equal(await inspect(container, "{{.State.Health.Status}}"), "healthy", service);
    }
  });

  it("runs its containers without privileges", async () => {
    for (const service of services) {
      const [container = ""] = await containers(service);
      assert.equal(await inspect(container, "{{.HostConfig.ReadonlyRootfs}}"), "true", service);
      assert.equal(await inspect(container, "{{.HostConfig.CapDrop}}"), "[ALL]", service);
      assert.notEqual(await docker("exec", container, "id", "-u"), "0", service);
      assert.match(await inspect(container, "{{.HostConfig.SecurityOpt}}"), /no-new-privileges/);
    }
  });

  it("adds at most 20 MB to the image of Node", async () => {
    const size = async (image: string) =>
      Number(await docker("image", "inspect", "--format", "{{.Size}}", image));
    const base = await size(dotEnv.NODE_IMAGE ?? "");
    for (const service of ["detector", "collector"]) {
      const [container = ""] = await containers(service);
      const added = (await size(await inspect(container, "{{.Image}}"))) - base;
      assert.ok(added > 0 && added <= 20e6, `${service} adds ${added} bytes`);
    }
  });

  it("shows the host's CPU, not the container's", async () => {
    await warmUp();
    const readHost = async () => parseProcStat(await readFile("/proc/stat", "utf8"));
    const startedAtMs = performance.now();
    const host = await readHost();
    const loaded = loadCpu(4);
    let lastMs = startedAtMs;
    let percentMs = 0;
    while (lastMs < startedAtMs + 8000) {
      const value = await collectorMetric(/^outliers_value\{series="cpu_utilization_percent"/);
      // Weighted by time: under load, answers come less often.
      percentMs += value * (performance.now() - lastMs);
      lastMs = performance.now();
      await delay(50);
    }
    const later = await readHost();
    const elapsedMs = performance.now() - startedAtMs;
    await loaded;
    const deltas = [...later].flatMap(([name, times]) => {
      const previous = host.get(name);
      const delta =
        previous && elapsedTicks(previous, times, { minMs: elapsedMs, maxMs: elapsedMs });
      return typeof delta === "object" ? delta : [];
    });
    const expected = percent(total(deltas))?.utilization ?? Number.NaN;
    const seen = percentMs / (lastMs - startedAtMs);
    // No container would reach the figure of the burst by chance.
    assert.ok(expected > 30, `the host was at ${expected} %`);
    assert.ok(
      Math.abs(seen - expected) < 10,
      `the collector saw ${seen} %, /proc/stat ${expected} %`,
    );
  });

  it("detects a jump of the memory that is used, and the outlier reaches Prometheus", async () => {
    await warmUp();
    const startedAt = Date.now() / 1000;
    memory.use(80);
    await until("the outlier in Prometheus", 30, async () => {
      const detectedAt = await valueNow(`outliers_last_outlier_timestamp_seconds{${MEMORY}}`);
      return detectedAt >= startedAt && (await valueNow(`outliers_active{${MEMORY}}`)) === 1;
    });
    memory.use(30);
  });

  it("serves metrics that pass promtool's checks", async () => {
    const [prometheus = ""] = await containers("prometheus");
    const [detector = ""] = await containers("detector");
    for (const metrics of [await collectorMetrics(), await replicaMetrics(detector)]) {
      const promtool = execFile("docker", [
        "exec",
        "-i",
        prometheus,
        "promtool",
        "check",
        "metrics",
      ]);
      const output = text(promtool.stderr ?? process.stdin);
      promtool.stdin?.end(`${metrics}\n`);
      assert.deepEqual([(await once(promtool, "exit"))[0], await output], [0, ""]);
    }
  });
});

describe("scaling the detector under load", () => {
  before(() => reconfigureCollector({ METHOD: "sigma" }));
  after(() => reconfigureCollector({}));

  it("spreads calls evenly over 3 replicas, and none fails", async () => {
    const failedBefore = await collectorMetric(FAILED);
    await scale(3);
    await until("three replicas to answer", 60, async () => {
      const replicas = await containers("detector");
      const counts = await Promise.all(
        replicas.map(async (one) => sumOf(await replicaMetrics(one), HANDLED)),
      );
      return counts.length === 3 && counts.every((count) => count > 0);
    });
    const replicas = await containers("detector");
    const handled = () =>
      Promise.all(replicas.map(async (one) => sumOf(await replicaMetrics(one), HANDLED)));
    const first = await handled();
    await until("a hundred calls", 60, async () => {
      const calls = (await handled()).map((count, index) => count - (first[index] ?? 0));
      return calls.reduce((sum, count) => sum + count, 0) >= 100;
    });
    const calls = (await handled()).map((count, index) => count - (first[index] ?? 0));
    const mean = calls.reduce((sum, count) => sum + count, 0) / calls.length;
    for (const count of calls)
      assert.ok(Math.abs(count - mean) <= 0.3 * mean, `calls: ${calls.join(", ")}`);
    assert.equal(await collectorMetric(FAILED), failedBefore);
  });

  it("scales back to 1 without a failed detection", async () => {
    const failedBefore = await collectorMetric(FAILED);
    await scale(1);
    assert.equal((await containers("detector")).length, 1);
    const scored = /^collector_detect_requests_total\{code="OK"/;
    const before = await collectorMetric(scored);
    await until(
      "detections by the remaining replica",
      30,
      async () => (await collectorMetric(scored)) > before + 20,
    );
    assert.equal(await collectorMetric(FAILED), failedBefore);
    assert.equal(await collectorMetric(DROPPED), 0);
  });
});

/** There are neither alerts nor failures here, nor need this or that series have had an outlier. */
const MAY_BE_MISSING =
  /^ALERTS|^collector_query_(info|ignored)|grpc_code!~|^outliers_(last|active_since)_.*(series!?[=~]|query=~)/;

/** The queries themselves are tested with synthetic hosts that have problems. */
async function untilMetricsExist(dashboards: (name: string) => boolean): Promise<void> {
  const files = dashboardFiles().filter(({ name }) => dashboards(name));
  const selectors = new Set(
    files.flatMap(({ name, text }) => {
      const all = expressions(JSON.parse(text));
      assert.ok(all.length >= 8, `${name} has queries`);
      return all.flatMap(({ expr }) => expr.match(/[a-zA-Z_][\w:]*\{[^}]*\}/g) ?? []);
    }),
  );
  assert.ok(selectors.size > 0);
  for (const selector of selectors) {
    if (MAY_BE_MISSING.test(selector)) continue;
    await until(selector, 30, async () => (await findInRange(selector)).length > 0);
  }
}

// After the unary calls of the test before, which some panels need.
describe("the metrics of the dashboards", () => {
  it("exist, with the labels used there", async () => {
    await untilMetricsExist((name) => name !== WATCHED);
  });
});

const isError = ({ level }: LogLine): boolean => level === "error" || level === "fatal";

describe("a detector that dies", () => {
  it("leaves no sample without a verdict if it is one of several replicas", async () => {
    await scale(2);
    await until("two replicas", 60, async () => (await containers("detector")).length === 2);
    let victim = "";
    await until("both replicas to answer, and one to have the stream", 60, async () => {
      [victim = ""] = await withStream();
      return victim !== "";
    });
    const openedBefore = await collectorMetric(OPENED);
    await killHard(victim);
    await until("it to be restarted", 60, async () => {
      return (await inspect(victim, "{{.State.Running}} {{.RestartCount}}")) === "true 1";
    });
    await until("a new stream to take over", 30, async () => {
      return (await collectorMetric(OPENED)) > openedBefore;
    });
    await untilCaughtUp(30);
    assert.equal(await collectorMetric(DROPPED), 0);
    const [collector = ""] = await containers("collector");
    const errors = (await logOf(collector)).filter(isError);
    assert.deepEqual(errors, [], "a single replica's death is not logged as an error");
  });

  it("leaves no sample without a verdict if it is the only one, for 20 s", async () => {
    await scale(1);
    const [only = ""] = await containers("detector");
    await docker("kill", "--signal", "KILL", only);
    await until("/readyz to tell", 20, async () => {
      const response = await fetch(`http://127.0.0.1:${PORTS.collector}/readyz`);
      return response.status === 503;
    });
    // The length of the outage matters: a window holds 60 s at this rate.
    await delay(20_000);
    assert.ok((await collectorMetric(BACKLOG)) > 100);
    await docker("start", only);
    await untilCaughtUp(30);
    assert.equal(await collectorMetric(DROPPED), 0);
    assert.equal(await get(PORTS.collector, "/readyz"), "ok\n");
  });
});

/** What may keep a replica from answering for a minute, without its connections' ends being told. */
const silences: Record<string, (replica: string) => Promise<{ over: () => Promise<unknown> }>> = {
  "hangs (SIGSTOP)": async (replica) => {
    const pid = await processOf(replica);
    process.kill(pid, "SIGSTOP");
    return { over: async () => process.kill(pid, "SIGCONT") };
  },
  "is paused whole": async (replica) => {
    await docker("pause", replica);
    return { over: () => docker("unpause", replica) };
  },
  "vanishes with its host, with neither FIN nor RST": async (replica) => {
    const network = await inspect(
      replica,
      "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}",
    );
    await docker("network", "disconnect", "--force", network, replica);
    return {
      over: () => docker("network", "connect", "--alias", "detector", network, replica),
    };
  },
};

describe("a replica that doesn't answer for a minute, beside a healthy one", () => {
  before(async () => {
    await scale(2);
    await until("two replicas", 60, async () => (await containers("detector")).length === 2);
  });

  for (const [what, silence] of Object.entries(silences)) {
    it(`costs one deadline and a second when it ${what}`, async () => {
      let victim = "";
      await until("one to hold the stream", 60, async () => {
        await untilCaughtUp(30);
        [victim = ""] = await withStream();
        return victim !== "";
      });
      // Of each series: the others' stream may be with the other replica.
      const unmonitored = async () =>
        (await collectorMetrics())
          .split("\n")
          .filter((line) => line.startsWith("outliers_unmonitored_seconds_total{"))
          .map((line) => Number(line.split(" ").at(-1)));
      // There is no such metric before the first one that fails.
      const failures = async () => (await collectorMetric(FAILED)) || 0;
      const before = {
        seconds: await unmonitored(),
        failures: await failures(),
        samples: await collectorMetric(SAMPLES),
      };
      const { over } = await silence(victim);
      await delay(60_000);
      const cost = {
        seconds: Math.max(
          ...(await unmonitored()).map((seconds, at) => seconds - (before.seconds[at] ?? 0)),
        ),
        failures: (await failures()) - before.failures,
      };
      await over();
      await untilCaughtUp(30);
      process.stdout.write(`${what}: ${JSON.stringify(cost)}\n`);
      // A deadline of 2 s and one more, and half a second for a machine that is busy.
      assert.ok(cost.seconds >= 1 && cost.seconds <= 3.5, `${cost.seconds} s without verdicts`);
      assert.ok(cost.failures <= 2, `${cost.failures} detections failed`);
      assert.ok((await collectorMetric(SAMPLES)) > before.samples + 60 * 5 * 7);
      assert.equal(await collectorMetric(DROPPED), 0);
      assert.equal(await get(PORTS.collector, "/readyz"), "ok\n");
    });
  }
});

describe("two minutes of chaos", () => {
  it("leaves no sample without a verdict, logs no error and leaks no memory", async () => {
    await scale(2);
    await until("two replicas", 60, async () => (await containers("detector")).length === 2);
    await untilCaughtUp(30);
    const memory = () => collectorMetric(/^process_resident_memory_bytes/);
    // Once each first, so that one-time allocations don't count as a leak.
    const first = await chaos(0);
    await untilCaughtUp(60);
    const before = { memory: await memory(), samples: await collectorMetric(SAMPLES) };
    const done = await chaos(120_000);
    process.stdout.write(`disturbances: ${[...first, ...done].join(", ")}\n`);
    await untilCaughtUp(60);
    assert.equal(await collectorMetric(DROPPED), 0);
    const missed = await collectorMetric(MISSED);
    // Of three sources. A machine that is busy with other work wakes the collector late at times.
    assert.ok(missed <= 0.02 * 3 * 5 * 150, `${missed} sampling times were missed`);
    assert.ok((await collectorMetric(SAMPLES)) > before.samples + 7 * 5 * 100);
    const [collector = ""] = await containers("collector");
    const log = await logOf(collector);
    assert.deepEqual(log.filter(isError), []);
    // Nearly all values of such a series are the same: an outlier there is a fault, as of a reconnect.
    const mistakes = log.filter(
      ({ series, value }) => series === "cpu_steal_percent" && value === 0,
    );
    assert.deepEqual(mistakes, []);
    const grown = (await memory()) / before.memory;
    assert.ok(grown < 1.1, `the collector's memory is ${grown.toFixed(2)} times what it was`);
  });
});

describe("the collector's state", () => {
  it("outlives a restart: there is no other warm-up", async () => {
    const verdicts = () => collectorMetric(/^collector_detect_requests_total\{code="OK"\}/);
    const warmingUp = () =>
      collectorMetric(/^outliers_state\{series="cpu_utilization_percent",state="warming_up"/);
    await reconfigureCollector({ STATE_DIR: "/var/lib/outliers" });
    await warmUp();
    const [container = ""] = await containers("collector");
    await docker("restart", container);
    await until("a verdict", 60, async () => (await verdicts()) >= 1);
    // The CPU's first sample is a second later than the others: it takes two readings.
    await until("the CPU", 60, async () => !Number.isNaN(await warmingUp()));
    assert.equal(await warmingUp(), 0);
    assert.match(await docker("logs", container), /"continuing from stored state"/);
    await reconfigureCollector({});
  });
});

describe("queries of the stack's own Prometheus", () => {
  it("are watched with what it has stored, and come back with the labels that they had", async () => {
    await reconfigureCollector({ QUERIES_FILE: "./e2e/queries.yml" });
    // They can be joined: both have the instance that was scraped.
    const joined = 'up{job="prometheus"} == on (job, instance) outliers_value{query="targets"}';
    await until("the series", 60, async () => (await valueNow(joined)) === 1);
    assert.ok((await collectorMetric(/^collector_backfill_samples_total\{query="targets"/)) > 10);
    await untilMetricsExist((name) => name === WATCHED);
    await reconfigureCollector({});
  });
});

describe("docker compose stop", () => {
  it("stops every service with exit code 0 within 2 s", async () => {
    // A replica that drains waits for connections whose peers vanished, as the chaos has left them.
    await compose("restart", "detector");
    await until("the collector to have verdicts from it", 60, async () => {
      return (await collectorMetric(/^collector_detector_up/)) === 1;
    });
    await untilCaughtUp(30);
    for (const service of [...services].reverse()) {
      const [container = ""] = await containers(service);
      const startedAtMs = Date.now();
      await compose("stop", service);
      const tookMs = Date.now() - startedAtMs;
      assert.equal(await inspect(container, "{{.State.ExitCode}}"), "0", service);
      assert.ok(tookMs < 2000, `${service} took ${tookMs} ms`);
    }
  });
});
