import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SeriesDefaults } from "./defaults.ts";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { procCpu } from "./proc-cpu.ts";
import type { Source } from "./source.ts";
import { systemCpu } from "./system-cpu.ts";

type HostOptions = SeriesDefaults & {
  /** The folder where the host's /proc is. */
  hostProc: string;
  perCore: boolean;
};

/** Every source of a host by its name: adding one is one file and one line here. */
const hostSources = {
  cpu: ({ hostProc, perCore, ...defaults }: HostOptions): Source =>
    // systeminformation would run a shell per sample on Linux, and has no iowait or steal there.
    process.platform === "linux" || existsSync(join(hostProc, "stat"))
      ? procCpu(hostProc, perCore, defaults)
      : systemCpu(perCore, defaults),
  load,
  memory,
};

export type HostSourceName = keyof typeof hostSources;

const isHostSourceName = (name: string): name is HostSourceName => Object.hasOwn(hostSources, name);

export const hostSourceNames: readonly HostSourceName[] =
  Object.keys(hostSources).filter(isHostSourceName);

/** The sources of this host that are switched on. */
export const createHostSources = (
  names: readonly HostSourceName[],
  options: HostOptions,
): Source[] => names.map((name) => hostSources[name](options));
