import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { procCpu } from "../../src/sources/proc-cpu.ts";
import type { Reading } from "../../src/sources/source.ts";

const defaults = { direction: "both", minDeviation: undefined } as const;
let hostProc = "";
const stat = (text: string) => writeFile(join(hostProc, "stat"), text);

before(async () => {
  hostProc = await mkdtemp(join(tmpdir(), "outliers-proc-"));
});
after(() => rm(hostProc, { recursive: true }));

const signal = new AbortController().signal;

const asObject = (readings: readonly Reading[]) =>
  Object.fromEntries(readings.map(({ series, value }) => [series.name, value]));

/** The source, with a clock that a test moves. */
function start(perCore: boolean, intervalMs = 1000) {
  let nowMs = 5000;
  const source = procCpu(hostProc, perCore, { ...defaults, intervalMs }, () => nowMs);
  return {
    /** Reads the text after this much time; by default a second. */
    read: async (text: string, afterMs = 1000) => {
      nowMs += afterMs;
      await stat(text);
      return asObject(await source.read(signal));
    },
    source,
  };
}

describe("CPU from /proc/stat", () => {
  it("has no reading at the first read: a rate needs two", async () => {
    assert.deepEqual(await start(true).read("cpu0 100 0 0 100\n"), {});
  });

  it("reports the whole host, and every core if asked to", async () => {
    const { read } = start(true);
    await read("cpu0 100 0 0 100 0 0 0 0\ncpu1 100 0 0 100 0 0 0 0\n");
    assert.deepEqual(await read("cpu0 140 5 10 120 20 2 3 0\ncpu1 100 0 0 180 0 0 0 20\n"), {
      cpu_utilization_percent: 30,
      cpu_user_percent: 20,
      cpu_nice_percent: 2.5,
      cpu_system_percent: 5,
      cpu_irq_percent: 2.5,
      cpu_iowait_percent: 10,
      cpu_steal_percent: 10,
      cpu0_utilization_percent: 60,
      cpu1_utilization_percent: 0,
    });
  });

  it("reads the counters of an old kernel", async () => {
    const { read } = start(false);
    await read("cpu0 1000 10 500 100000\n");
    assert.equal((await read("cpu0 1010 10 505 100085\n")).cpu_utilization_percent, 15);
  });

  it("has no use for lines of totals, and counts guests once: user contains them", async () => {
    const { read } = start(false);
    const totals = "cpu  0 0 0 0 0 0 0 0 0 0\ncpu 61910 37 25439 2526225 5212 0 709 0 0 0\n";
    await read(`${totals}cpu0 356784 41 61852 25441606 4255 0 690 0 339072 0\n`);
    const readings = await read(`${totals}cpu0 356834 41 61852 25441656 4255 0 690 0 339122 0\n`);
    assert.equal(readings.cpu_utilization_percent, 50);
    assert.equal(readings.cpu_user_percent, 50);
  });

  it("has no reading right after a suspend that reset counters, and then goes on", async () => {
    const { read } = start(false);
    const first = "cpu0 737331 3217 354992 3156663 4029 0 4073\n";
    await read(`${first}cpu1 738128 3262 355618 3156710 4027 0 4168\n`);
    const second = "cpu0 737356 3217 355017 3156712 4029 0 4073\n";
    await assert.rejects(
      read(`${second}cpu1 738153 3262 355648 50346 30 0 4168\n`),
      /for example cpu1: 55 ticks of 10 ms in 1000 ms, and a counter went back/,
    );
    const third = "cpu0 737361 3217 355019 3156805 4029 0 4073\n";
    const next = await read(`${third}cpu1 738158 3262 355651 50438 30 0 4168\n`);
    assert.equal(next.cpu_utilization_percent, 7.5);
  });

  it("leaves out a core that has disappeared, or has just appeared", async () => {
    const { read } = start(true);
    await read("cpu0 100 0 0 100\n");
    const first = await read("cpu0 150 0 0 150\ncpu1 900000 0 0 10\n");
    assert.equal(first.cpu_utilization_percent, 50);
    assert.equal("cpu1_utilization_percent" in first, false);
    const second = await read("cpu0 150 0 0 250\ncpu1 900100 0 0 10\n");
    assert.equal(second.cpu1_utilization_percent, 100);
    assert.equal((await read("cpu0 150 0 0 350\n")).cpu_utilization_percent, 0);
  });

  it("fails if the file is missing or truncated, and recovers when it is back", async () => {
    const { read, source } = start(false);
    await read("cpu0 100 0 0 100\ncpu1 100 0 0 100\n");
    await rm(join(hostProc, "stat"));
    await assert.rejects(source.read(signal), /ENOENT/);
    await assert.rejects(read("cpu0 120 0 0 180\ncpu1 12"), /cut off after: cpu1 12/);
    const whole = await read("cpu0 200 0 0 200\ncpu1 200 0 0 200\n");
    assert.equal(whole.cpu_utilization_percent, 50, "a rate over the two seconds that passed");
  });

  it("fails if the counters stand still, rather than leave the CPU unmonitored", async () => {
    const { read } = start(false);
    await read("cpu0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0\n");
    for (let second = 0; second < 3; second++) {
      const still = read("cpu0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0\n");
      await assert.rejects(still, /impossible counters of 2 of 2 CPUs, for example cpu0: 0 ticks/);
    }
  });

  it("has no total if one of two CPUs has impossible counters, and recovers", async () => {
    const { read } = start(true);
    await read("cpu0 254321 0 10987 285678\ncpu1 254321 0 10987 285678\n");
    const shifted = read("cpu0 251321 0 10989 288728\ncpu1 254371 0 10987 285728\n");
    await assert.rejects(
      shifted,
      /impossible counters of 1 of 2 CPUs, for example cpu0: 3052 ticks/,
    );
    const next = await read("cpu0 251371 0 10989 288778\ncpu1 254421 0 10987 285778\n");
    assert.equal(next.cpu_utilization_percent, 50);
  });

  it("leaves out one CPU of many", async () => {
    const cpus = (ticks: number, of17: number) =>
      Array.from({ length: 20 }, (_, at) => {
        const idle = at === 17 ? of17 : ticks;
        return `cpu${at} ${ticks} 0 0 ${idle}\n`;
      }).join("");
    const { read } = start(true);
    await read(cpus(0, 0));
    const readings = await read(cpus(50, 90_000));
    assert.equal(readings.cpu_utilization_percent, 50);
    assert.equal(Object.keys(readings).length, 7 + 19);
    assert.equal("cpu17_utilization_percent" in readings, false);
  });

  it("has no reading if the time is too short for a rate, and the next one spans both", async () => {
    const { read } = start(false);
    await read("cpu0 0 0 0 0\n");
    assert.equal((await read("cpu0 10 0 0 189\n", 1985)).cpu_utilization_percent, 1000 / 199);
    assert.deepEqual(await read("cpu0 11 0 0 189\n", 15), {});
    assert.equal((await read("cpu0 60 0 0 240\n")).cpu_utilization_percent, 5000 / 101);
  });

  it("accepts the readings of this machine", async () => {
    const source = procCpu("/proc", true, { ...defaults, intervalMs: 100 });
    assert.deepEqual(await source.read(signal), []);
    await setTimeout(300);
    assert.ok((await source.read(signal)).length >= 8);
  });
});
