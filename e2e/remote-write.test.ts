// Remote write to a real Prometheus, which is away for a while.
import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { waitFor } from "@outliers/service/wait-for";
import { prometheusAt } from "./prometheus.ts";
import { createServices, freePort } from "./services.ts";
import { docker, dotEnv, sumOf } from "./stack.ts";

const CONTAINER = "outliers-e2e-receiver";
const FAMILIES = ["value", "score", "expected", "expected_lower", "expected_upper", "outlier"];
const INTERVAL_S = 0.2;

const port = await freePort();
const prometheus = prometheusAt(port);
const services = await createServices({
  REMOTE_WRITE_URL: `http://127.0.0.1:${port}/api/v1/write`,
  REMOTE_WRITE_EXTERNAL_LABELS: "instance=web-1",
});

/** Has the collector read another load, from one sample to the next. */
async function setLoad(load: string): Promise<void> {
  await writeFile(join(services.proc, "next"), `${load} 0.00 0.00 1/100 1000\n`);
  await rename(join(services.proc, "next"), join(services.proc, "loadavg"));
}

async function metric(pattern: RegExp): Promise<number> {
  return sumOf(await (await fetch(`${services.url}/metrics`)).text(), pattern);
}

const untilMore = async (what: string, pattern: RegExp): Promise<void> => {
  const before = await metric(pattern);
  await waitFor(what, 60_000, async () => (await metric(pattern)) > before);
};

before(async () => {
  await docker("rm", "--force", CONTAINER);
  const files = ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"];
  const image = dotEnv.PROMETHEUS_IMAGE ?? "";
  const publish = `127.0.0.1:${port}:9090`;
  const run = ["run", "--detach", "--name", CONTAINER, "--publish", publish, image];
  await docker(...run, ...files, "--web.enable-remote-write-receiver");
  await setLoad("1.25");
  await services.detector.start();
  await services.collector.start();
});

after(async () => {
  await services.collector.stop();
  await services.detector.stop();
  await services.clean();
  await docker("rm", "--force", CONTAINER);
});

describe("a Prometheus that is written to", () => {
  it("has every sample with its own time and value, in spite of an outage", async () => {
    await untilMore("samples to be written", /^collector_remote_write_samples_total /);
    await docker("stop", CONTAINER);
    await untilMore("a failure", /^collector_remote_write_samples_retried_total /);
    await setLoad("7.5");
    await docker("start", CONTAINER);
    await untilMore("samples to be written again", /^collector_remote_write_samples_total /);
    assert.equal(await metric(/^collector_remote_write_samples_(failed|dropped)_total /), 0);
    // Writes what waits.
    await services.collector.stop();

    const [loads, ...others] = await Promise.all(
      FAMILIES.map((family) =>
        prometheus.samples(
          `outliers_${family}{job="outliers",instance="web-1",series="load1"}[5m]`,
        ),
      ),
    );
    const at = (loads ?? []).map(({ time }) => time);
    const first = at[0] ?? Number.NaN;
    // Multiples of the interval, none missing.
    assert.deepEqual(
      at.map((time) => Math.round(time * 1000)),
      at.map((_, nth) => Math.round((first + nth * INTERVAL_S) * 1000)),
    );
    assert.equal(Math.round(first * 1000) % (INTERVAL_S * 1000), 0);
    const values = (loads ?? []).map(({ value }) => value);
    const low = values.filter((value) => value === 1.25).length;
    assert.ok(low > 0 && low < values.length, `${low} of ${values.length}`);
    assert.deepEqual(
      values,
      values.map((_, nth) => (nth < low ? 1.25 : 7.5)),
    );
    for (const samples of others)
      assert.deepEqual(
        samples.map(({ time }) => time),
        at,
      );
  });
});
