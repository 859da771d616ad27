import { range, timeseries } from "../panel.ts";
import { byHost, rate, select, unnamed } from "../promql.ts";
import { table } from "../table.ts";

/** Whether outliers could have been detected at all. */
export const trust = () => [
  table(
    {
      title: "Series that are not ready",
      description:
        "warming_up: too few samples so far. constant: all values have been equal, and the first different one will be an outlier.",
      unit: "short",
    },
    [unnamed(`topk(100, ${select("outliers_state", 'state!="ready"')} == 1)`)],
    [
      { from: "instance", title: "Host" },
      { from: "series", title: "Series" },
      { from: "state", title: "State", width: 120 },
    ],
    [{ by: "Host", descending: false }],
  )
    .height(8)
    .span(12)
    .noValue("Every series is ready"),
  timeseries({
    title: "Time without verdicts",
    description:
      "Share of time in which a verdict was due but didn't arrive, because no detector answered or the collector was overloaded. The worst series of each host; at most ten hosts.",
    unit: "percentunit",
  })
    .max(1)
    .noValue("No verdict was late")
    .withTarget(
      range(
        "A",
        `topk(10, ${byHost(rate(select("outliers_unmonitored_seconds_total")))} > 0)`,
        "{{instance}}",
      ),
    ),
];
