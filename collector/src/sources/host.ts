import { existsSync } from "node:fs";
import { join } from "node:path";
import { load, procLoad } from "./load.ts";
import { memory, procMemory } from "./memory.ts";
import { procCpu } from "./proc-cpu.ts";
import type { Source } from "./source.ts";
import { systemCpu } from "./system-cpu.ts";

/**
 * Every source of this host: adding one is one file and one line here.
 * @param sampleIntervalMs a tick that comes late brings the next one too close for a rate: a read
 *   within half of this has none
 */
export function hostSources(
  hostProc: string,
  perCore: boolean,
  sampleIntervalMs?: number,
): Source[] {
  // systeminformation would run a shell per sample on Linux, and has no iowait or steal there.
  const hasProc = process.platform === "linux" || existsSync(join(hostProc, "stat"));
  if (!hasProc) return [systemCpu(perCore), load, memory];
  const minElapsedMs = sampleIntervalMs === undefined ? undefined : sampleIntervalMs / 2;
  return [procCpu(hostProc, perCore, minElapsedMs), procLoad(hostProc), procMemory(hostProc)];
}
