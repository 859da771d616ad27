import type { SeriesDescription } from "../series.ts";
import { percentSeries, type SeriesDefaults } from "./defaults.ts";

const titles: Readonly<Record<string, string>> = {
  utilization: "CPU",
  user: "CPU user",
  nice: "CPU user, nice",
  system: "CPU system",
  irq: "CPU interrupts",
  iowait: "CPU waiting for I/O",
  steal: "CPU stolen",
};

/** Returns the series of a mode, such as `iowait`, or of a core, such as `cpu3`. */
export type CpuSeries = (modeOrCore: string) => SeriesDescription;

/** Describes each CPU series once. */
export function cpuSeries(defaults: SeriesDefaults): CpuSeries {
  const known = new Map<string, SeriesDescription>();
  return (modeOrCore) => {
    const described = known.get(modeOrCore) ?? describe(modeOrCore, defaults);
    known.set(modeOrCore, described);
    return described;
  };
}

function describe(modeOrCore: string, defaults: SeriesDefaults): SeriesDescription {
  const core = /^cpu(\d+)$/.exec(modeOrCore)?.[1];
  return core === undefined
    ? percentSeries(
        `cpu_${modeOrCore}_percent`,
        titles[modeOrCore] ?? `CPU ${modeOrCore}`,
        defaults,
      )
    : percentSeries(`cpu${core}_utilization_percent`, `CPU core ${core}`, defaults);
}
