import { existsSync } from "node:fs";
import { join } from "node:path";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { procCpu } from "./proc-cpu.ts";
import type { Source } from "./source.ts";
import { systemCpu } from "./system-cpu.ts";

/** Every source of this host: adding one is one file and one line here. */
export function hostSources(hostProc: string, perCore: boolean): Source[] {
  // systeminformation would run a shell per sample on Linux, and has no iowait or steal there.
  const hasProc = process.platform === "linux" || existsSync(join(hostProc, "stat"));
  return [hasProc ? procCpu(hostProc, perCore) : systemCpu(perCore), load, memory];
}
