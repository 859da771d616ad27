import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import { range, timeseries } from "../panel.ts";
import { COMMON_LABELS, selectQueries, unnamed } from "../promql.ts";
import { expected, outlierPoints, scores, tableLegend } from "./series.ts";

const FEW = 5;
const LINES = 10;

const last = selectQueries("outliers_last_outlier_timestamp_seconds");
const active = selectQueries("outliers_active");

// At the end of the time range, which Prometheus evaluates only once, not at every step.
const seriesCount = `on () count(${active} @ end())`;
const oneQuery = `on () count(count by (query) (${active} @ end())) == 1`;

/** The series with the most recent outliers in the time range; all if there are few. */
const shown = `(topk(${LINES}, 1000 * ${last} @ end() > $__from) or (${active} @ end() and ${seriesCount} <= ${FEW}))`;

const outliers = unnamed(
  `${selectQueries("outliers_last_outlier_value")} and (${last} > ${last} offset $__interval)`,
);
const lines = `(${outliers} or ${unnamed(selectQueries("outliers_value"))})`;
const bound = (metric: string) => `max(${selectQueries(metric)}) and ${seriesCount} == 1`;

const legend = ["instance", ...COMMON_LABELS].map((label) => `{{${label}}}`).join(" ");
const ofMany = `Up to ${FEW} series have a line each; of more, the ${LINES} with the most recent outliers in the time range.`;

/** The values and the scores of the chosen series. */
export const watchedSeries = () => {
  const values = timeseries({
    title: "Values",
    description: `Values of the chosen series, if they are of one query. ${ofMany} The blue band, for a single series, shows what is expected. Red points are outliers, drawn at the scrape that reported them.`,
    unit: "short",
  })
    .span(15)
    .height(9)
    .legend(tableLegend())
    .noValue("Choose one query, or click a series in the table above");
  const add = (refId: string, expr: string, name: string, properties: DynamicConfigValue[] = []) =>
    values.withTarget(range(refId, expr, name)).overrideByQuery(refId, properties);
  add("A", `${lines} and ${shown} and ${oneQuery}`, legend);
  add("B", bound("outliers_expected_lower"), expected.lowerName, expected.lower);
  add("C", bound("outliers_expected_upper"), "expected max", expected.upper);
  add("D", `${outliers} and ${shown} and ${oneQuery}`, legend, outlierPoints);
  return [
    values,
    scores({
      title: "Scores",
      description: `How far each sample is from what is expected, for series of any query. Above 1, the red line, it is an outlier. ${ofMany}`,
      unit: "short",
    })
      .span(9)
      .height(9)
      .noValue("No series had an outlier in this time range")
      .withTarget(
        range(
          "A",
          `${unnamed(selectQueries("outliers_score"))} and ${shown}`,
          `{{query}} ${legend}`,
        ),
      ),
  ];
};
