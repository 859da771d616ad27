import {
  GraphDrawStyle,
  StackingConfigBuilder,
  StackingMode,
} from "@grafana/grafana-foundation-sdk/common";
import { showSeriesInRow } from "../links.ts";
import { counts, range } from "../panel.ts";
import { perMinute, select } from "../promql.ts";
import { table } from "../table.ts";

const detected = select("outliers_detected_total", 'series=~"$series"');

/** The total of the whole time range; dashboard-linter requires `$__rate_interval` only for rates. */
const total = `sum by (job, instance, series) (increase(${detected}[$__range]))`;

/** Which series had how many outliers: for tuning SENSITIVITY. */
export const outliersInRange = () => [
  counts({
    title: "Outliers by series",
    description: "Outliers per minute on all selected hosts.",
  })
    .span(12)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(60)
    .lineWidth(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .withTarget(range("A", `sum by (series) (${perMinute(detected)})`, "{{series}}")),
  table(
    {
      title: "Most outliers",
      description:
        "The ten series with the most outliers in the time range. Click a series to show only that one.",
      unit: "short",
    },
    [`topk(10, ${total} > 0)`],
    [
      { from: "instance", title: "Host", width: 235 },
      { from: "series", title: "Series", properties: [{ id: "links", value: [showSeriesInRow] }] },
      {
        from: "Value",
        title: "Outliers",
        width: 120,
        properties: [
          { id: "custom.cellOptions", value: { type: "gauge", mode: "basic" } },
          { id: "min", value: 0 },
          { id: "decimals", value: 0 },
          { id: "color", value: { mode: "fixed", fixedColor: "orange" } },
        ],
      },
    ],
    [{ by: "Outliers", descending: true }],
  )
    .height(8)
    .span(12)
    .noValue("No outliers in this time range"),
];
