import { MappingType, SpecialValueMatch } from "@grafana/grafana-foundation-sdk/dashboard";
import { exploreExpressionInRow, showLabelledQuery, showQueryInRow } from "../links.ts";
import { instant, range, stat, stateTimeline, thresholds } from "../panel.ts";
import { countOf, perMinute, select, selectQueries, unnamed } from "../promql.ts";
import { table } from "../table.ts";

const active = selectQueries("outliers_active");
const info = selectQueries("collector_query_info");
const absent = selectQueries("outliers_state", 'state="absent"');
const leftOut = selectQueries("collector_query_series_left_out");

/** A metric of a source, which is a query's name, with the label `query`. */
const ofSource = (metric: string) =>
  `label_replace(${select(metric, 'source=~"$query"')}, "query", "$1", "source", "(.+)")`;
const isWatched = `and on (job, instance, query) ${info}`;
const failing = `${ofSource("collector_sample_success")} == 0 ${isWatched}`;
const notLoaded = select("collector_config_last_reload_successful");

/** The first row: what is unusual, and what might hide something unusual? */
export const queryTiles = () => [
  stat({
    title: "Unusual now",
    description:
      "Series that are outliers, or were within ACTIVE_HOLD. A dash means that no series is watched.",
    unit: "short",
  })
    .thresholds(thresholds("green", [1, "orange"]))
    .withTarget(instant("A", `sum(${active})`, "unusual")),
  stat({
    title: "Of queries",
    description: "Queries of which at least one series is unusual.",
    unit: "short",
  })
    .thresholds(thresholds("green", [1, "orange"]))
    .withTarget(instant("A", countOf(`sum by (query) (${active}) > 0`, active), "queries")),
  stat({
    title: "Absent",
    description:
      "Series that have stopped: none of the last three evaluations of their query had a sample of them.",
    unit: "short",
  })
    .thresholds(thresholds("text", [1, "orange"]))
    .withTarget(instant("A", `sum(${absent})`, "absent")),
  stat({
    title: "Failing",
    description:
      "Queries whose last evaluation failed. Their series are unmonitored until one succeeds.",
    unit: "short",
  })
    .thresholds(thresholds("green", [1, "red"]))
    .withTarget(instant("A", countOf(failing, info), "failing")),
  stat({
    title: "Left out",
    description: "Series that are not watched because of the limit of their query.",
    unit: "short",
  })
    .thresholds(thresholds("green", [1, "orange"]))
    .withTarget(instant("A", `sum(${leftOut})`, "left out")),
  stat({
    title: "Watched series",
    description: "Series of all chosen queries that are watched, including absent ones.",
    unit: "short",
  })
    .thresholds(thresholds("text"))
    .withTarget(instant("A", `count(${active})`, "series")),
];

const LANES = 10;
const recorded = selectQueries("query:outliers_active:sum");
const inRange = `topk(${LANES}, sum by (query) (sum_over_time(${recorded}[$__range] @ end())) > 0)`;

/** One lane for each query with unusual series. */
export const queryLanes = () =>
  stateTimeline({
    title: "Unusual series by query",
    description: `One lane for each query that had outliers in the time range, at most ${LANES}, coloured by how many of its series were unusual at once. Click a lane to show only that query.`,
    unit: "none",
  })
    .mappings([
      {
        type: MappingType.SpecialValue,
        options: {
          match: SpecialValueMatch.Null,
          result: { text: "unknown", color: "transparent", index: 4 },
        },
      },
      {
        type: MappingType.ValueToText,
        options: {
          "0": { text: "none", color: "transparent", index: 0 },
          "1": { text: "1 series", color: "yellow", index: 1 },
        },
      },
      {
        type: MappingType.RangeToText,
        options: { from: 2, to: 9, result: { text: "2–9 series", color: "orange", index: 2 } },
      },
      {
        type: MappingType.RangeToText,
        options: { from: 10, to: null, result: { text: "10 or more", color: "red", index: 3 } },
      },
    ])
    .noValue("No watched series was unusual in this time range")
    .withTarget(
      range(
        "A",
        `sum by (query) (max_over_time(${recorded}[$__rate_interval])) and on (query) ${inRange}`,
        "{{query}}",
      ),
    )
    .overrideByQuery("A", [{ id: "links", value: [showLabelledQuery] }]);

const byQuery = (expr: string) => `max by (job, instance, query) (${expr})`;
const lateness = `time() - ${ofSource("collector_last_sample_timestamp_seconds")} - ${ofSource("collector_source_interval_seconds")}`;

// One number per query that sorts the worst first.
const states = [
  { value: 3, text: "fails", color: "red", queries: failing },
  {
    value: 2,
    text: "late",
    color: "orange",
    queries: `(${lateness}) > ${ofSource("collector_source_interval_seconds")} ${isWatched}`,
  },
  {
    value: 1,
    text: "learning",
    color: "blue",
    queries: `${selectQueries("collector_backfill_series")} > 0`,
  },
  { value: 0, text: "watched", color: "green", queries: info },
];
const state = states
  .map(({ value, queries }) => `${value} * group by (job, instance, query) (${queries})`)
  .join(" or ");

/** Every query, those that fail or are late first. */
export const queryHealth = () =>
  table(
    {
      title: "Queries",
      description:
        "fails: the last evaluation failed; its series are unmonitored. late: no evaluation for two intervals. learning: the past of some series is being read. Left out: series beyond the limit. Ignored: values that are no samples, such as NaN, per minute. Click a query to show its series, or to open its expression in Explore.",
      unit: "short",
    },
    [
      `topk(100, ${state})`,
      byQuery(selectQueries("collector_query_series")),
      byQuery(leftOut),
      byQuery(selectQueries("collector_backfill_series")),
      `sum by (job, instance, query) (${perMinute(selectQueries("collector_query_ignored_values_total"))})`,
      byQuery(ofSource("collector_source_interval_seconds")),
      `1000 * ${byQuery(`${ofSource("collector_last_sample_timestamp_seconds")} ${isWatched}`)}`,
      `max by (job, instance, query, expr) (${info})`,
    ],
    [
      {
        from: "query",
        title: "Query",
        width: 230,
        properties: [{ id: "links", value: [showQueryInRow, exploreExpressionInRow] }],
      },
      {
        from: "Value #A",
        title: "State",
        width: 85,
        properties: [
          { id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
          { id: "custom.align", value: "center" },
          {
            id: "mappings",
            value: [
              {
                type: MappingType.ValueToText,
                options: Object.fromEntries(
                  states.map(({ value, text, color }) => [String(value), { text, color }]),
                ),
              },
            ],
          },
        ],
      },
      { from: "Value #B", title: "Series", width: 70 },
      { from: "Value #C", title: "Left out", width: 80 },
      { from: "Value #D", title: "Learning", width: 85 },
      { from: "Value #E", title: "Ignored", width: 80 },
      { from: "Value #F", title: "Interval", width: 80, properties: [{ id: "unit", value: "s" }] },
      {
        from: "Value #G",
        title: "Evaluated",
        width: 90,
        properties: [{ id: "unit", value: "dateTimeAsIsoNoDateIfToday" }],
      },
      {
        from: "expr",
        title: "Expression",
        properties: [{ id: "links", value: [exploreExpressionInRow] }],
      },
      { from: "instance", title: "Collector", width: 150 },
      { from: "Value #H", title: "Info", hidden: true },
    ],
    [
      { by: "State", descending: true },
      { by: "Query", descending: false },
    ],
  )
    .height(9)
    .noValue("No queries found. Does a collector have QUERIES_FILE, and is its instance chosen?");

/** Series that can't be unusual, because nobody compares them. */
export const seriesNotWatched = () => [
  table(
    {
      title: "Series that are absent or not ready",
      description:
        "absent: it has stopped. alone: it has too few peers to be compared with. warming_up: too few samples so far. constant: all values have been equal, and the first different one will be an outlier. At most 100.",
      unit: "short",
    },
    [unnamed(`topk(100, ${selectQueries("outliers_state", 'state!="ready"')} == 1)`)],
    [
      { from: "query", title: "Query", properties: [{ id: "links", value: [showQueryInRow] }] },
      { from: "state", title: "State", width: 120 },
      { from: "instance", title: "Instance" },
      { from: "series", title: "Series", hidden: true },
    ],
    [{ by: "State", descending: false }],
  )
    .height(9)
    .span(15)
    .noValue("Every series is ready"),
  stat({
    title: "queries.yml",
    description:
      "Collectors whose last reading of QUERIES_FILE failed, and which go on with what they had read before.",
    unit: "short",
  })
    .height(9)
    .span(9)
    .thresholds(thresholds("green", [1, "red"]))
    .withTarget(instant("A", countOf(`${notLoaded} == 0`, notLoaded), "invalid")),
];
