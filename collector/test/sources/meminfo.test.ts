import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryUsedPercent } from "../../src/sources/meminfo.ts";

const text = (figures: Record<string, number>): string =>
  Object.entries(figures)
    .map(([name, kilobytes]) => `${`${name}:`.padEnd(16)}${String(kilobytes).padStart(8)} kB\n`)
    .join("");

describe("memory in use", () => {
  it("is what is not available", () => {
    const figures = { MemTotal: 8000, MemFree: 1000, MemAvailable: 6000, Cached: 5000 };
    assert.equal(memoryUsedPercent(text(figures)), 25);
    assert.equal(memoryUsedPercent(`${text(figures)}HugePages_Total:       0\n`), 25);
  });

  it("is everything when nothing is available", () => {
    const figures = { MemTotal: 8000, MemFree: 100, MemAvailable: 0, Cached: 3000 };
    assert.equal(memoryUsedPercent(text(figures)), 100);
  });

  it("is estimated for kernels before 3.14 from free memory, cached files and slabs", () => {
    const figures = {
      MemTotal: 8000,
      MemFree: 1000,
      Buffers: 100,
      Cached: 2900,
      "Active(file)": 1500,
      "Inactive(file)": 1000,
      SReclaimable: 500,
    };
    assert.equal(memoryUsedPercent(text(figures)), 50);
  });

  it("is estimated for the first kernels from free memory, buffers and caches", () => {
    const figures = { MemTotal: 8000, MemFree: 1000, Buffers: 500, Cached: 2500 };
    assert.equal(memoryUsedPercent(text(figures)), 50);
  });

  it("is unknown if figures are missing or impossible", () => {
    assert.throws(() => memoryUsedPercent(""), /no MemTotal/);
    assert.throws(() => memoryUsedPercent(text({ MemTotal: 0, MemAvailable: 0 })), /no MemTotal/);
    assert.throws(
      () => memoryUsedPercent(text({ MemTotal: 8000 })),
      /neither MemAvailable nor MemFree/,
    );
    assert.throws(
      () => memoryUsedPercent("MemTotal: 8000 kB\nMemFree: 10"),
      /neither MemAvailable nor MemFree/,
    );
    const more = { MemTotal: 8000, MemAvailable: 9000 };
    assert.throws(() => memoryUsedPercent(text(more)), /9000 of 8000 kB/);
  });
});
