import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostSources } from "../../src/sources/host.ts";
import { load } from "../../src/sources/load.ts";
import { memory } from "../../src/sources/memory.ts";
import { systemCpu } from "../../src/sources/system-cpu.ts";

const asMap = (readings: readonly { series: string; value: number }[]) =>
  new Map(readings.map(({ series, value }) => [series, value]));

describe("sources of systeminformation and Node", () => {
  it("read the CPU from the second read on: the first is the average since boot", async () => {
    const source = systemCpu(false);
    assert.deepEqual(await source.read(), []);
    const readings = asMap(await source.read());
    assert.deepEqual(
      [...readings.keys()],
      ["cpu_utilization_percent", "cpu_user_percent", "cpu_system_percent"],
    );
    for (const value of readings.values()) assert.ok(value >= 0 && value <= 100, String(value));
  });

  it("read memory in use as a share", async () => {
    const used = asMap(await memory.read()).get("memory_used_percent") ?? Number.NaN;
    assert.ok(used > 0 && used < 100, String(used));
  });

  it("read the load average", async () => {
    assert.ok((asMap(await load.read()).get("load1") ?? Number.NaN) >= 0);
  });
});

describe("the sources of a host", () => {
  it("have a name each, which labels their metrics", () => {
    assert.deepEqual(
      hostSources("/proc", false).map(({ name }) => name),
      ["cpu", "load", "memory"],
    );
  });
});
