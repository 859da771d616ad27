import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  StackingMode,
} from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { datasource } from "../datasource.ts";
import { instantTable, range, thresholds, timeseries } from "../panel.ts";
import { perMinute, selectSeries } from "../promql.ts";

const active = `on (job, instance, series) ${selectSeries("outliers_active")} == 1`;

const chosen = (variable: string) => `\${${variable}:queryparam}`;

/** This dashboard with one series chosen, and all else as it is. */
const showSeries = `/d/host-outliers?$__url_time_range&${["datasource", "job", "instance"].map(chosen).join("&")}&var-series=\${__value.raw}`;

const flagsNow = () =>
  new TableBuilder()
    .title("Flags now")
    .description(
      "Series whose last flag is younger than ACTIVE_HOLD (30 s), with their value now. Click on a series to see it alone.",
    )
    .datasource(datasource)
    .unit("short")
    .noValue("Nothing is flagged")
    .height(8)
    .span(12)
    .withTarget(instantTable("A", `${selectSeries("outliers_value")} and ${active}`))
    .withTarget(
      instantTable(
        "B",
        `1000 * ${selectSeries("outliers_last_flagged_timestamp_seconds")} and ${active}`,
      ),
    )
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: { Time: true, __name__: true, job: true },
        indexByName: { "Value #B": 0, instance: 1, series: 2, "Value #A": 3 },
        renameByName: {
          "Value #A": "Value now",
          "Value #B": "Last flag",
          instance: "Host",
          series: "Series",
        },
      },
    })
    .overrideByName("Last flag", [{ id: "unit", value: "dateTimeFromNow" }])
    .overrideByName("Value now", [{ id: "decimals", value: 2 }])
    .overrideByName("Series", [
      { id: "links", value: [{ title: "Show this series", url: showSeries }] },
    ]);

export const flags = () => [
  timeseries({
    title: "Flags by series",
    description: "Samples flagged by minute, over all chosen hosts. Each sample is counted once.",
    unit: "cpm",
  })
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
  flagsNow(),
  timeseries({
    title: "Score",
    description:
      "How far the last judged sample of each chosen series is from what is expected: above 1 it is an outlier, whatever the method.",
    unit: "short",
  })
    .span(24)
    .thresholds(thresholds("transparent", [1, "red"]))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
    .withTarget(range("A", selectSeries("outliers_score"), "{{instance}} {{series}}")),
];
