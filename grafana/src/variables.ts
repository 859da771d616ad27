import {
  AdHocVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { datasource } from "./datasource.ts";
import { select } from "./promql.ts";

/** The name of a query with `label_values` in Grafana's editor of variables. */
const labelValues = 1;

/** Several can be chosen, all by default; `.+` keeps the query for "All" short. */
const choice = (name: string, label: string, query: string, description: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(datasource)
    .query({ qryType: labelValues, query, refId: "PrometheusVariableQueryEditor-VariableQuery" })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".+")
    .current({ selected: true, text: ["All"], value: ["$__all"] });

/**
 * The variables that select data source, jobs and instances.
 * @param process the kind of process whose jobs and instances can be chosen
 * @param description describes the instances
 * @returns a new list every time: builders must not be shared
 */
export const variables = (process: "collector" | "detector", description: string) => [
  new DatasourceVariableBuilder("datasource")
    .label("Data source")
    .description("The Prometheus that scrapes collectors and detectors.")
    .type("prometheus")
    // Otherwise Grafana chooses the first one by name.
    .current({ text: "default", value: "default" }),
  choice("job", "Job", `label_values(${process}_build_info, job)`, "Scrape jobs of Prometheus."),
  choice(
    "instance",
    "Instance",
    `label_values(${process}_build_info{job=~"$job"}, instance)`,
    description,
  ),
];

/** The variable for which the row of a series is repeated. */
export const series = () =>
  choice(
    "series",
    "Series",
    `label_values(${select("outliers_value")}, series)`,
    "The series to show in the lists of outliers and in the rows below them.",
  );

/** The variables that select queries and their series. */
export const queryVariables = () => [
  ...variables("collector", "").slice(0, 1),
  choice("job", "Job", 'label_values(outliers_value{query=~".+"}, job)', "Jobs of the series."),
  choice(
    "instance",
    "Instance",
    'label_values({__name__=~"outliers_value|collector_query_info", query=~".+", job=~"$job"}, instance)',
    "Instances of the series, and the collectors that watch them, without which the state of queries is hidden.",
  ),
  choice(
    "query",
    "Query",
    "label_values(collector_query_info, query)",
    "The queries of queries.yml and its presets.",
  ),
  choice(
    "namespace",
    "Namespace",
    'label_values(outliers_value{query=~"$query"}, namespace)',
    "Namespaces of the series that have one.",
  ).allValue(".*"),
  new AdHocVariableBuilder("labels")
    .label("Labels")
    .description("Any other labels of the series.")
    .datasource(datasource),
];
