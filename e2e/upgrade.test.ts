// What an upgrade meets: services of the previous release beside those of this one, its clients, and
// what it has stored. The previous release is the newest tag that this commit comes after.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type DecodedResponse, OutliersClient, type OutliersRequest, State } from "@outliers/proto";
import { waitFor } from "@outliers/service/wait-for";
import { type PreviousRelease, previousRelease } from "./previous-release.ts";
import { freePort, service } from "./services.ts";
import { sumOf } from "./stack.ts";

const WITHIN_MS = 60_000;
const CALM = 0.5;

/** A host whose load a test sets. */
async function simulateHost(folder: string) {
  await mkdir(folder);
  const host = { load: CALM };
  const ended = new AbortController();
  async function write(): Promise<void> {
    for (let tick = 0; !ended.signal.aborted; tick += 1) {
      const load = host.load + 0.03 * (tick % 7);
      await writeFile(join(folder, "new"), `${load.toFixed(2)} 0.50 0.50 1/100 1000\n`);
      await rename(join(folder, "new"), join(folder, "loadavg"));
      await delay(50, undefined, { signal: ended.signal }).catch(() => {});
    }
  }
  const writing = write();
  return Object.assign(host, {
    async end(): Promise<void> {
      ended.abort();
      await writing;
    },
  });
}

type Detector = Awaited<ReturnType<typeof createDetector>>;

/** @param root the folder of a release; this version if it is undefined */
async function createDetector(root?: string) {
  const [grpc, metrics] = [await freePort(), await freePort()];
  const env = {
    DETECTOR_LISTEN_ADDRESS: `127.0.0.1:${grpc}`,
    DETECTOR_METRICS_LISTEN_ADDRESS: `127.0.0.1:${metrics}`,
  };
  return {
    address: `127.0.0.1:${grpc}`,
    ...service("detector", env, `http://127.0.0.1:${metrics}/readyz`, root),
  };
}

async function createCollector(detector: Detector, folder: string, root?: string) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    COLLECTOR_LISTEN_ADDRESS: `127.0.0.1:${port}`,
    DETECTOR_ADDRESS: `dns:///${detector.address}`,
    STATE_DIR: join(folder, "state"),
    HOST_PROC: join(folder, "proc"),
    SOURCES: "load",
    SAMPLE_INTERVAL: "100ms",
    DETECT_INTERVAL: "100ms",
  };
  const metric = async (name: string, label = ""): Promise<number> => {
    const line = new RegExp(`^${name}\\{series="load1"${label}\\} `);
    return sumOf(await (await fetch(`${url}/metrics`)).text(), line);
  };
  return {
    ...service("collector", env, `${url}/readyz`, root),
    state: (state: string) => metric("outliers_state", `,state="${state}"`),
    outliers: () => metric("outliers_detected_total"),
  };
}

/** Sends requests over one stream to a detector, and returns the responses. */
async function converse(address: string, ...requests: OutliersRequest[]) {
  const client = new OutliersClient(address, credentials.createInsecure());
  const stream = client.DetectStream({ deadline: Date.now() + WITHIN_MS });
  for (const request of requests) stream.write(request);
  stream.end();
  const responses: DecodedResponse[] = [];
  for await (const response of stream) responses.push(response);
  client.close();
  return responses;
}

const samples = (from: number, values: readonly number[]) =>
  values.map((value, at) => ({ name: "cpu", time: { seconds: from + at }, value }));

function testUpgradeFrom({ tag, folder: old, remove }: PreviousRelease): void {
  describe(`an upgrade from ${tag}`, () => {
    let folder = "";
    let host: Awaited<ReturnType<typeof simulateHost>>;
    let oldDetector: Detector;
    let newDetector: Detector;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "outliers-upgrade-"));
      host = await simulateHost(join(folder, "proc"));
      oldDetector = await createDetector(old);
      newDetector = await createDetector();
      await Promise.all([oldDetector.start(), newDetector.start()]);
    });
    after(async () => {
      await Promise.all([oldDetector.stop(), newDetector.stop(), host.end()]);
      await rm(folder, { recursive: true });
      await remove();
    });

    it("of the detector, then of the collector, loses nothing: the new one continues with what was stored", async (t) => {
      const before = await createCollector(newDetector, folder, old);
      t.after(() => before.stop());
      await before.start();
      await waitFor("the old collector's warm-up", WITHIN_MS, async () => {
        return (await before.state("ready")) === 1;
      });
      host.load = 40;
      await waitFor("an outlier", WITHIN_MS, async () => (await before.outliers()) >= 1);
      host.load = CALM;
      const outliers = await before.outliers();
      await before.stop();

      const upgraded = await createCollector(oldDetector, folder);
      t.after(() => upgraded.stop());
      await upgraded.start();
      assert.equal(await upgraded.state("warming_up"), 0, "it warms up again");
      assert.ok((await upgraded.outliers()) >= outliers, "its counters start over");
      host.load = 80;
      await waitFor("an outlier", WITHIN_MS, async () => (await upgraded.outliers()) > outliers);
    });

    it("replica by replica moves streams: each detector continues the other's checkpoints", async () => {
      const learned = samples(
        1_800_000_000,
        Array.from({ length: 300 }, (_, at) => 20 + (at % 7)),
      );
      const next = samples(1_800_000_300, [23, 90, 24]);
      const [there, here] = [oldDetector.address, newDetector.address];
      for (const [from, to] of [
        [there, here],
        [here, there],
      ] as const) {
        const options = { includeScores: true };
        const stayed = await converse(
          from,
          { metrics: learned, options, checkpointNames: ["cpu"] },
          { metrics: next },
        );
        const checkpoints = stayed[0]?.checkpoints ?? [];
        assert.equal(checkpoints.length, 1);
        const [, moved] = await converse(to, { checkpoints, options }, { metrics: next });
        assert.deepEqual(moved?.indices, [1]);
        assert.equal(moved?.series[0]?.state, State.STATE_READY);
        assert.deepEqual(moved?.indices, stayed[1]?.indices);
      }
    });

    it("leaves clients of the previous contract as they are", async () => {
      const contract = loadSync(join(old, "proto/outliers.proto"));
      const definition = contract["pb.Outliers"];
      if (!definition || "format" in definition) assert.fail("no service");
      const { Detect = assert.fail("no method") } = definition;
      const client = new Client(newDetector.address, credentials.createInsecure());
      const response = await new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          Detect.path,
          Detect.requestSerialize,
          Detect.responseDeserialize,
          { metrics: [1, 2, 100, 1, 3, 200, 1].map((value) => ({ name: "a", value })) },
          { deadline: Date.now() + WITHIN_MS },
          (error, value) => (error ? reject(error) : resolve(value)),
        );
      });
      client.close();
      assert.deepEqual(response, { indices: [5] });
    });
  });
}

const previous = await previousRelease();
if (previous) testUpgradeFrom(previous);
else {
  process.stdout.write(
    "NOT RUN: the tests of upgrades, because no release comes before this commit\n",
  );
}
