import {
  GraphDrawStyle,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
} from "@grafana/grafana-foundation-sdk/common";
import { showLabelledSeries } from "../links.ts";
import { range, stateTimeline, timeseries } from "../panel.ts";
import { perMinute, selectSeries } from "../promql.ts";
import { latestFlags } from "./latest-flags.ts";
import { topSeries } from "./top-series.ts";

const active = selectSeries("outliers_active");

/** As of the end of the time range at each step, so that a lane is there whole or not at all. */
const flaggedInRange = `max_over_time(${active}[$__range] @ end()) == 1`;

export const flags = () => [
  stateTimeline(
    {
      title: "Flags",
      description:
        "When series were flagged: from a flag until ACTIVE_HOLD (30 s) after the last. Only series with a flag in the time range. Click on one to see it alone.",
      unit: "none",
    },
    { "0": { text: "as expected", color: "transparent" }, "1": { text: "flagged", color: "red" } },
  )
    .span(24)
    .showValue(VisibilityMode.Never)
    .noValue("Nothing was flagged")
    .withTarget(
      range(
        "A",
        `${active} and on (job, instance, series) ${flaggedInRange}`,
        "{{instance}} {{series}}",
      ),
    )
    .overrideByQuery("A", [{ id: "links", value: [showLabelledSeries] }]),
  topSeries().span(8),
  latestFlags().span(16),
  timeseries({
    title: "Flags by series",
    description: "Samples flagged by minute, over all chosen hosts. Each sample is counted once.",
    unit: "cpm",
  })
    .span(24)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(60)
    .lineWidth(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .withTarget(
      range(
        "A",
        `sum by (series) (${perMinute(selectSeries("outliers_flagged_total"))})`,
        "{{series}}",
      ),
    ),
];
