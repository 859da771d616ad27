import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

  it("are all read where the host's /proc is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "outliers-proc-"));
    try {
      await writeFile(join(folder, "stat"), "cpu0 1 0 1 100 0 0 0 0 0 0\n");
      await writeFile(join(folder, "loadavg"), "0.25 0.10 0.05 0/77 819244\n");
      await writeFile(join(folder, "meminfo"), "MemTotal: 8388608 kB\nMemAvailable: 6291456 kB\n");
      const [cpu, load, memory] = hostSources(folder, false, 1000);
      assert.deepEqual(await cpu?.read(), []);
      assert.deepEqual(await load?.read(), [{ series: "load1", value: 0.25 }]);
      assert.deepEqual(await memory?.read(), [{ series: "memory_used_percent", value: 25 }]);
      await writeFile(join(folder, "loadavg"), "nonsense\n");
      await rm(join(folder, "meminfo"));
      await assert.rejects(async () => load?.read(), /no load average in: "nonsense/);
      await assert.rejects(async () => memory?.read(), /ENOENT/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
