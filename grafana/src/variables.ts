import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { datasource } from "./datasource.ts";
import { select } from "./promql.ts";

/** What Grafana's editor of variables calls a query with `label_values`. */
const labelValues = 1;

/** Several may be chosen, all are at first; `.+` keeps "All" short however many there are. */
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
 * What a dashboard is narrowed by.
 * @param process whose jobs and instances there are to choose from
 * @param description of the instances
 * @returns a new list each time: builders are not to be shared
 */
export const variables = (process: "collector" | "detector", description: string) => [
  new DatasourceVariableBuilder("datasource")
    .label("Data source")
    .description("The Prometheus that scrapes collectors and detectors.")
    .type("prometheus")
    // Else Grafana takes the first by name.
    .current({ text: "default", value: "default" }),
  choice("job", "Job", `label_values(${process}_build_info, job)`, "Scrape jobs of Prometheus."),
  choice(
    "instance",
    "Instance",
    `label_values(${process}_build_info{job=~"$job"}, instance)`,
    description,
  ),
];

/** What the panels of single series are repeated by. */
export const series = () =>
  choice(
    "series",
    "Series",
    `label_values(${select("outliers_value")}, series)`,
    "The series to show in the lists of outliers and in the rows below them.",
  );
