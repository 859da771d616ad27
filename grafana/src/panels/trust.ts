import { range, timeseries } from "../panel.ts";
import { byHost, rate, select, unnamed } from "../promql.ts";
import { table } from "../table.ts";

/** What "no outlier" is worth: when could there have been one? */
export const trust = () => [
  table(
    {
      title: "Series that are not ready",
      description:
        "warming_up: too few samples to judge by. constant: all values are equal, and the first other one will be an outlier.",
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
      "Share of the time in which a verdict was due and did not come, of each host's worst series: the detector doesn't answer, or the collector is overloaded. Only hosts where it happens, ten at most.",
    unit: "percentunit",
  })
    .max(1)
    .noValue("Every verdict came in time")
    .withTarget(
      range(
        "A",
        `topk(10, ${byHost(rate(select("outliers_blind_seconds_total")))} > 0)`,
        "{{instance}}",
      ),
    ),
];
