import { showSeriesInRow } from "../links.ts";
import { select, unnamed } from "../promql.ts";
import { table, time } from "../table.ts";

const chosen = 'series=~"$series"';
const latest = `topk(20, ${select("outliers_last_outlier_timestamp_seconds", chosen)} > 0)`;
const atLatest = (metric: string) => unnamed(`${select(metric, chosen)} and ${latest}`);

/** The last outlier of the series that had one most recently. */
export const lastOutliers = () =>
  table(
    {
      title: "Last outliers",
      description:
        "The most recent outlier of each series, for the twenty most recent ones: its value, what was expected, and why it is an outlier. Click a series to show only that one.",
      unit: "short",
    },
    [
      `1000 * ${latest}`,
      atLatest("outliers_last_outlier_value"),
      atLatest("outliers_last_outlier_expected"),
      atLatest("outliers_last_outlier_score"),
      unnamed(
        `${select("outliers_last_event_info", chosen)} and ignoring (direction, reason) ${latest}`,
      ),
    ],
    [
      { from: "Value #A", title: "Time", width: 145, properties: [time] },
      { from: "instance", title: "Host", width: 235 },
      {
        from: "series",
        title: "Series",
        width: 165,
        properties: [{ id: "links", value: [showSeriesInRow] }],
      },
      { from: "Value #B", title: "Value", width: 65 },
      { from: "Value #C", title: "Expected", width: 85 },
      { from: "Value #D", title: "Score", width: 60 },
      { from: "reason", title: "Why" },
      { from: "direction", title: "Direction", hidden: true },
    ],
    [{ by: "Time", descending: true }],
  )
    .height(9)
    .decimals(2)
    .noValue("No outliers so far");
