import { currentLoad } from "systeminformation";
import { cpuSeries } from "./cpu-series.ts";
import { deadlineMs, type SeriesDefaults } from "./defaults.ts";
import type { Source } from "./source.ts";

/**
 * CPU utilisation where there is no /proc (macOS, Windows). systeminformation has no iowait and no
 * steal there. Its first result is the average since boot, and is ignored.
 * @param perCore whether to add a series for every core
 */
export function systemCpu(perCore: boolean, defaults: SeriesDefaults): Source {
  const seriesOf = cpuSeries(defaults);
  let isFirst = true;
  return {
    name: "cpu",
    intervalMs: defaults.intervalMs,
    deadlineMs: deadlineMs(defaults.intervalMs),
    async read() {
      const load = await currentLoad();
      if (isFirst) {
        isFirst = false;
        return [];
      }
      const cores = load.cpus.map((core, index) => ({
        series: seriesOf(`cpu${index}`),
        value: core.load,
      }));
      return [
        { series: seriesOf("utilization"), value: load.currentLoad },
        { series: seriesOf("user"), value: load.currentLoadUser },
        { series: seriesOf("nice"), value: load.currentLoadNice },
        { series: seriesOf("system"), value: load.currentLoadSystem },
        { series: seriesOf("irq"), value: load.currentLoadIrq },
        ...(perCore ? cores : []),
      ];
    },
  };
}
