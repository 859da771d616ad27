import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { procCpu } from "../../src/sources/proc-cpu.ts";
import type { Reading } from "../../src/sources/source.ts";

let hostProc = "";
const stat = (text: string) => writeFile(join(hostProc, "stat"), text);

before(async () => {
  hostProc = await mkdtemp(join(tmpdir(), "outliers-proc-"));
});
after(() => rm(hostProc, { recursive: true }));

const defaults = { direction: "both", intervalMs: 1000, minDeviation: undefined } as const;
const signal = new AbortController().signal;

const asObject = (readings: readonly Reading[]) =>
  Object.fromEntries(readings.map(({ series, value }) => [series.name, value]));

describe("CPU from /proc/stat", () => {
  it("has no reading at first: a rate needs two reads", async () => {
    await stat("cpu0 100 0 0 100\n");
    assert.deepEqual(await procCpu(hostProc, true, defaults).read(signal), []);
  });

  it("reads the whole host, and each core when asked to", async () => {
    const source = procCpu(hostProc, true, defaults);
    await stat("cpu0 100 0 0 100 0 0 0 0\ncpu1 100 0 0 100 0 0 0 0\n");
    await source.read(signal);
    await stat("cpu0 150 0 10 120 20 0 0 0\ncpu1 100 0 0 180 0 0 0 20\n");
    assert.deepEqual(asObject(await source.read(signal)), {
      cpu_utilization_percent: 30,
      cpu_user_percent: 25,
      cpu_system_percent: 5,
      cpu_iowait_percent: 10,
      cpu_steal_percent: 10,
      cpu0_utilization_percent: 60,
      cpu1_utilization_percent: 0,
    });
  });

  it("leaves a core that appears out until its second read", async () => {
    const source = procCpu(hostProc, true, defaults);
    await stat("cpu0 100 0 0 100\n");
    await source.read(signal);
    await stat("cpu0 150 0 0 150\ncpu1 900000 0 0 10\n");
    const first = asObject(await source.read(signal));
    assert.equal(first.cpu_utilization_percent, 50);
    assert.equal("cpu1_utilization_percent" in first, false);
    await stat("cpu0 150 0 0 250\ncpu1 900100 0 0 10\n");
    assert.equal(asObject(await source.read(signal)).cpu1_utilization_percent, 100);
  });

  it("fails when there is no file, and goes on when it is back", async () => {
    const source = procCpu(hostProc, false, defaults);
    await rm(join(hostProc, "stat"));
    await assert.rejects(source.read(signal), /ENOENT/);
    await stat("cpu0 100 0 0 100\n");
    await source.read(signal);
    await stat("cpu0 200 0 0 100\n");
    assert.equal(asObject(await source.read(signal)).cpu_utilization_percent, 100);
  });
});
