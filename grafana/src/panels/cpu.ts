import { StackingConfigBuilder, StackingMode } from "@grafana/grafana-foundation-sdk/common";
import { range, timeseries } from "../panel.ts";
import { select } from "../promql.ts";
import { seriesPanel } from "./series.ts";

/** The host's CPU, whatever series are chosen. */
export const cpu = () => [
  seriesPanel(
    {
      title: "CPU utilisation",
      description:
        "Share of time that all cores together were busy, excluding I/O wait and time stolen by the hypervisor.",
      unit: "percent",
    },
    [{ unit: "percent", matchers: ['series="cpu_utilization_percent"'] }],
  )
    .height(9)
    .span(24),
  timeseries({
    title: "CPU by mode",
    description:
      "Share of time that all cores together spent in each mode, stacked; averaged over the selected hosts. Guest time counts as user time.",
    unit: "percent",
  })
    .height(7)
    .span(24)
    .noValue("No samples in this time range")
    .fillOpacity(35)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .withTarget(
      range(
        "A",
        `avg by (series) (${select("outliers_value", 'series=~"cpu_(user|nice|system|irq|iowait|steal)_percent"')})`,
        "{{series}}",
      ),
    ),
];
