import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHostSources, hostSourceNames } from "../../src/sources/host.ts";
import { load } from "../../src/sources/load.ts";
import { memory } from "../../src/sources/memory.ts";
import type { Reading } from "../../src/sources/source.ts";
import { systemCpu } from "../../src/sources/system-cpu.ts";

const defaults = { direction: "both", intervalMs: 1000, minDeviation: undefined } as const;
const signal = new AbortController().signal;

const asMap = (readings: readonly Reading[]) =>
  new Map(readings.map(({ series, value }) => [series.name, value]));

describe("sources of systeminformation and Node", () => {
  it("read the CPU from the second read on: the first is the average since boot", async () => {
    const source = systemCpu(false, defaults);
    assert.deepEqual(await source.read(signal), []);
    const readings = asMap(await source.read(signal));
    assert.deepEqual(
      [...readings.keys()],
      ["cpu_utilization_percent", "cpu_user_percent", "cpu_system_percent"],
    );
    for (const value of readings.values()) assert.ok(value >= 0 && value <= 100, String(value));
  });

  it("read memory in use as a share", async () => {
    const used =
      asMap(await memory(defaults).read(signal)).get("memory_used_percent") ?? Number.NaN;
    assert.ok(used > 0 && used < 100, String(used));
  });

  it("read the load average", async () => {
    assert.ok((asMap(await load(defaults).read(signal)).get("load1") ?? Number.NaN) >= 0);
  });
});

describe("the sources of a host", () => {
  const options = { ...defaults, hostProc: "/proc", perCore: false };
  const namesOf = (names: typeof hostSourceNames) =>
    createHostSources(names, options).map(({ name }) => name);

  it("have a name each, which labels their metrics", () => {
    assert.deepEqual(namesOf(hostSourceNames), ["cpu", "load", "memory"]);
  });

  it("are those that are switched on", () => {
    assert.deepEqual(namesOf(["memory"]), ["memory"]);
  });

  it("bring what is known of their series: load1 has no end, and needs no jump of 2", async () => {
    const [load] = createHostSources(["load"], options);
    const [reading] = (await load?.read(signal)) ?? [];
    assert.partialDeepStrictEqual(reading?.series, { max: Number.POSITIVE_INFINITY, unit: "none" });
    assert.ok((reading?.series.minDeviation ?? 2) < 1);
  });
});
