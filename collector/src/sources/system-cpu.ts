import { currentLoad } from "systeminformation";
import type { Source } from "./source.ts";

/**
 * CPU utilisation where there is no /proc (macOS, Windows). systeminformation knows no iowait and
 * no steal there; its first answer is the average since boot, and is left out.
 * @param perCore whether to add a series per core
 */
export function systemCpu(perCore: boolean): Source {
  let isFirst = true;
  return {
    name: "cpu",
    async read() {
      const load = await currentLoad();
      if (isFirst) {
        isFirst = false;
        return [];
      }
      const cores = load.cpus.map((core, index) => ({
        series: `cpu${index}_utilization_percent`,
        value: core.load,
      }));
      return [
        { series: "cpu_utilization_percent", value: load.currentLoad },
        { series: "cpu_user_percent", value: load.currentLoadUser },
        { series: "cpu_nice_percent", value: load.currentLoadNice },
        { series: "cpu_system_percent", value: load.currentLoadSystem },
        { series: "cpu_irq_percent", value: load.currentLoadIrq },
        ...(perCore ? cores : []),
      ];
    },
  };
}
