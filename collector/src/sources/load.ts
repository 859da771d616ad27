import { loadavg } from "node:os";
import { deadlineMs, type SeriesDefaults } from "./defaults.ts";
import type { Source } from "./source.ts";

/** The load average over a minute; in a container too it is the host's. Windows has none. */
export function load({ direction, intervalMs, minDeviation = 0.5 }: SeriesDefaults): Source {
  const series = {
    name: "load1",
    labels: {},
    title: "Load, 1 minute",
    unit: "none",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    minDeviation,
    minRelativeDeviation: 0.2,
    direction,
    intervalMs,
  } as const;
  return {
    name: "load",
    intervalMs,
    deadlineMs: deadlineMs(intervalMs),
    async read() {
      const [oneMinute = 0] = loadavg();
      return [{ series, value: oneMinute }];
    },
  };
}
