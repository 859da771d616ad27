import { PanelBuilder as BarGaugeBuilder } from "@grafana/grafana-foundation-sdk/bargauge";
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from "@grafana/grafana-foundation-sdk/common";
import { showLabelledSeries } from "../links.ts";
import { describe, instant, thresholds } from "../panel.ts";
import { selectSeries } from "../promql.ts";

/** A total of the whole time range: dashboard-linter wants `$__rate_interval` of rates only. */
const total = `sum by (job, instance, series) (increase(${selectSeries("outliers_flagged_total")}[$__range]))`;

export const topSeries = () =>
  describe(new BarGaugeBuilder(), {
    title: "Most flags",
    description:
      "The ten series with the most samples flagged in the time range. Click on one to see it alone.",
    unit: "short",
  })
    .height(10)
    .noValue("Nothing was flagged")
    .decimals(0)
    .min(0)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .namePlacement(BarGaugeNamePlacement.Left)
    .thresholds(thresholds("red"))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false))
    .withTarget(instant("A", `sort_desc(topk(10, ${total} > 0))`, "{{instance}} {{series}}"))
    .overrideByFieldType("number", [{ id: "links", value: [showLabelledSeries] }]);
