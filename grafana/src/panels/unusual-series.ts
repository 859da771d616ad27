import { exploreExpressionInRow, showQuerySeriesInRow } from "../links.ts";
import { COMMON_LABELS, select, selectQueries, unnamed } from "../promql.ts";
import { table, time } from "../table.ts";

const MOST = 50;

const active = `${selectQueries("outliers_active")} == 1`;

// The score of the last outlier sorts them. An absence has none, but is an outlier.
const worst = `topk(${MOST}, ${selectQueries("outliers_last_outlier_score")} and (${active}) or (${active}))`;
const atWorst = (metric: string) => unnamed(`${selectQueries(metric)} and (${worst})`);

const quoted = (labels: readonly string[]) => labels.map((label) => `"${label}"`).join(", ");
const partOf = (label: string) => `filter_${label}`;

/** Adds the label `filters`: the labels in COMMON_LABELS as Grafana writes a dashboard's filters in a URL. */
const withFilters = (expr: string) => {
  const parts = COMMON_LABELS.reduce(
    (inner, label) =>
      `label_replace(${inner}, "${partOf(label)}", "&var-labels=${label}|=|$1", "${label}", "(.+)")`,
    expr,
  );
  const all = COMMON_LABELS.map(partOf);
  const joined = `label_join(${parts}, "filters", "", ${quoted(all)})`;
  // Grafana puts its text for no value into a link.
  return `max without (${all.join(", ")}) (label_replace(${joined}, "filters", "&", "filters", ""))`;
};
const withLabels = (expr: string) =>
  `label_replace(label_join(${expr}, "labels", " ", ${quoted(COMMON_LABELS)}), "labels", "–", "labels", " *")`;

const why = unnamed(
  `${selectQueries("outliers_last_event_info")} and ignoring (direction, reason) (${worst})`,
);
// Of several collectors with the same query, one.
const info = `max by (query, expr, collector) (label_replace(topk by (query) (1, ${select("collector_query_info", 'query=~"$query"')}), "collector", "$1", "instance", "(.+)"))`;
const explained = `${why} * on (query) group_left (expr, collector) ${info} or ${why} unless on (query) ${info}`;

/** The series that are outliers now, the furthest from what is expected first. */
export const unusualSeries = () =>
  table(
    {
      title: "Unusual now, worst first",
      description: `The series that are outliers now, or were within ACTIVE_HOLD; at most ${MOST}, those furthest from what is expected first. Click a series to show only that one below, or to open the expression of its query in Explore.`,
      unit: "short",
    },
    [
      withFilters(withLabels(worst)),
      atWorst("outliers_last_outlier_value"),
      atWorst("outliers_last_outlier_expected"),
      `1000 * ${atWorst("outliers_active_since_timestamp_seconds")}`,
      explained,
      atWorst("outliers_last_outlier_score"),
    ],
    [
      {
        from: "query",
        title: "Query",
        width: 245,
        properties: [{ id: "links", value: [showQuerySeriesInRow, exploreExpressionInRow] }],
      },
      {
        from: "instance",
        title: "Instance",
        width: 150,
        properties: [{ id: "links", value: [showQuerySeriesInRow] }],
      },
      { from: "labels", title: "Labels", width: 170 },
      { from: "Value #B", title: "Value", width: 80 },
      { from: "Value #C", title: "Expected", width: 85 },
      { from: "Value #F", title: "Score", width: 65 },
      { from: "Value #D", title: "Since", width: 90, properties: [time] },
      { from: "reason", title: "Why" },
      { from: "Value #A", title: "Order", hidden: true },
      { from: "direction", title: "Direction", hidden: true },
      { from: "series", title: "Series", hidden: true },
      { from: "collector", title: "Collector", hidden: true },
      { from: "expr", title: "Expression", hidden: true },
      { from: "filters", title: "Filters", hidden: true },
      ...COMMON_LABELS.map((label) => ({ from: label, title: label, hidden: true })),
    ],
    [{ by: "Order", descending: true }],
  )
    // Also of labels that have a column of their own.
    .overrideByRegexp("/.+/", [{ id: "noValue", value: "–" }])
    .decimals(2)
    .noValue("No watched series is unusual");
