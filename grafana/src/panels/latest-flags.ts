import { TableSortByFieldStateBuilder } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { showSeriesInRow } from "../links.ts";
import { describe, instantTable } from "../panel.ts";
import { bySeries } from "../promql.ts";

const latest = `topk(20, ${bySeries("outliers_last_flagged_timestamp_seconds")} > 0)`;

const atLatest = (metric: string) => `${bySeries(metric)} and on (job, instance, series) ${latest}`;

export const latestFlags = () =>
  describe(new TableBuilder(), {
    title: "Latest flags",
    description:
      "The last flag of the twenty series that were flagged last. Click on a series to see it alone.",
    unit: "short",
  })
    .height(10)
    .decimals(2)
    .noValue("Nothing was flagged yet")
    .withTarget(instantTable("A", `1000 * ${latest}`))
    .withTarget(instantTable("B", atLatest("outliers_last_flagged_value")))
    .withTarget(instantTable("C", atLatest("outliers_last_flagged_expected")))
    .withTarget(instantTable("D", atLatest("outliers_last_flagged_score")))
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: { Time: true, job: true },
        indexByName: {
          "Value #A": 0,
          instance: 1,
          series: 2,
          "Value #B": 3,
          "Value #C": 4,
          "Value #D": 5,
        },
        renameByName: {
          "Value #A": "Last flag",
          "Value #B": "Value",
          "Value #C": "Expected",
          "Value #D": "Score",
          instance: "Host",
          series: "Series",
        },
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName("Last flag").desc(true)])
    .overrideByName("Last flag", [
      { id: "unit", value: "dateTimeAsIso" },
      { id: "custom.width", value: 180 },
    ])
    .overrideByName("Series", [{ id: "links", value: [showSeriesInRow] }]);
