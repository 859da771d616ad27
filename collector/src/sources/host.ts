import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SeriesDefaults } from "./defaults.ts";
import type { HostSourceName } from "./host-source-names.ts";
import { procLoad, systemLoad } from "./load.ts";
import { procMemory, systemMemory } from "./memory.ts";
import { procCpu } from "./proc-cpu.ts";
import type { Source } from "./source.ts";
import { systemCpu } from "./system-cpu.ts";

type HostOptions = SeriesDefaults & {
  /** Where the host's /proc is mounted. */
  hostProc: string;
  perCore: boolean;
};

/** Every source of a host by name: to add one, write a file, and add a line here and to the names. */
const hostSources: Record<HostSourceName, (options: HostOptions) => Source> = {
  cpu: ({ hostProc, perCore, ...defaults }) =>
    hasProc(hostProc) ? procCpu(hostProc, perCore, defaults) : systemCpu(perCore, defaults),
  load: ({ hostProc, ...defaults }) =>
    hasProc(hostProc) ? procLoad(hostProc, defaults) : systemLoad(defaults),
  memory: ({ hostProc, ...defaults }) =>
    hasProc(hostProc) ? procMemory(hostProc, defaults) : systemMemory(defaults),
};

/** On Linux systeminformation would run a shell for every sample, and lacks iowait and steal. */
const hasProc = (hostProc: string): boolean =>
  process.platform === "linux" || existsSync(join(hostProc, "stat"));

/** Creates the sources with these names. */
export const createHostSources = (
  names: readonly HostSourceName[],
  options: HostOptions,
): Source[] => names.map((name) => hostSources[name](options));
