import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createHostSources } from "../../src/sources/host.ts";
import { type HostSourceName, hostSourceNames } from "../../src/sources/host-source-names.ts";
import { systemLoad } from "../../src/sources/load.ts";
import { systemMemory } from "../../src/sources/memory.ts";
import type { Reading } from "../../src/sources/source.ts";
import { systemCpu } from "../../src/sources/system-cpu.ts";

const defaults = { direction: "both", intervalMs: 1000, minDeviation: undefined } as const;
const signal = new AbortController().signal;

const asMap = (readings: readonly Reading[]) =>
  new Map(readings.map(({ series, value }) => [series.name, value]));

describe("sources of systeminformation and Node", () => {
  it("report the CPU from the second read on: the first is the average since boot", async () => {
    const source = systemCpu(false, defaults);
    assert.deepEqual(await source.read(signal), []);
    const readings = asMap(await source.read(signal));
    assert.deepEqual(
      [...readings.keys()],
      [
        "cpu_utilization_percent",
        "cpu_user_percent",
        "cpu_nice_percent",
        "cpu_system_percent",
        "cpu_irq_percent",
      ],
    );
    for (const value of readings.values()) assert.ok(value >= 0 && value <= 100, String(value));
  });

  it("report used memory as a percentage", async () => {
    const used =
      asMap(await systemMemory(defaults).read(signal)).get("memory_used_percent") ?? Number.NaN;
    assert.ok(used > 0 && used < 100, String(used));
  });

  it("report the load average", async () => {
    assert.ok((asMap(await systemLoad(defaults).read(signal)).get("load1") ?? Number.NaN) >= 0);
  });
});

describe("the sources of a host", () => {
  const options = { ...defaults, hostProc: "/proc", perCore: false };
  const namesOf = (names: readonly HostSourceName[]) =>
    createHostSources(names, options).map(({ name }) => name);

  it("each have a name, which labels their metrics", () => {
    assert.deepEqual(namesOf(hostSourceNames), ["cpu", "load", "memory"]);
  });

  it("are those that are enabled", () => {
    assert.deepEqual(namesOf(["memory"]), ["memory"]);
  });

  it("describe their series: load1 is unbounded, and needs no jump of 2", async () => {
    const [load] = createHostSources(["load"], options);
    const [reading] = (await load?.read(signal)) ?? [];
    assert.partialDeepStrictEqual(reading?.series, { max: Number.POSITIVE_INFINITY, unit: "none" });
    assert.ok((reading?.series.minDeviation ?? 2) < 1);
  });

  it("all read the configured /proc", async () => {
    const folder = await mkdtemp(join(tmpdir(), "outliers-proc-"));
    try {
      await writeFile(join(folder, "stat"), "cpu0 1 0 1 100 0 0 0 0 0 0\n");
      await writeFile(join(folder, "loadavg"), "0.25 0.10 0.05 0/77 819244\n");
      await writeFile(join(folder, "meminfo"), "MemTotal: 8388608 kB\nMemAvailable: 6291456 kB\n");
      const host = createHostSources(hostSourceNames, { ...options, hostProc: folder });
      const [cpu, load, memory] = host.map(
        (source) => async () => asMap(await source.read(signal)),
      );
      assert.deepEqual(await cpu?.(), new Map());
      assert.deepEqual(await load?.(), new Map([["load1", 0.25]]));
      assert.deepEqual(await memory?.(), new Map([["memory_used_percent", 25]]));
      await writeFile(join(folder, "loadavg"), "nonsense\n");
      await rm(join(folder, "meminfo"));
      await assert.rejects(async () => load?.(), /no load average in: "nonsense/);
      await assert.rejects(async () => memory?.(), /ENOENT/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
