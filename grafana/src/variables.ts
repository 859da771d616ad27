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

// Both kinds of process, and nothing else that Prometheus scrapes. A choice of hosts alone leaves
// the panels of the detector empty: they say so.
const processes = '{__name__=~"(collector|detector)_build_info"}';
const processesOfJob = '{__name__=~"(collector|detector)_build_info", job=~"$job"}';

/**
 * What every dashboard is narrowed by.
 * @returns a new list each time: builders are not to be shared
 */
export const variables = () => [
  new DatasourceVariableBuilder("datasource")
    .label("Data source")
    .description("The Prometheus that scrapes collectors and detectors.")
    .type("prometheus"),
  choice("job", "Job", `label_values(${processes}, job)`, "Scrape jobs of Prometheus."),
  choice(
    "instance",
    "Instance",
    `label_values(${processesOfJob}, instance)`,
    "Collectors, one for each host, and detector replicas.",
  ),
];

/** What the panels of single series are repeated by. */
export const series = () =>
  choice(
    "series",
    "Series",
    `label_values(${select("outliers_value")}, series)`,
    "What the collectors measure.",
  );
