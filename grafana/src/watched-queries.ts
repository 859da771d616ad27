import { dashboard } from "./dashboard.ts";
import { queryHealth, queryLanes, queryTiles, seriesNotWatched } from "./panels/queries.ts";
import { unusualSeries } from "./panels/unusual-series.ts";
import { watchedSeries } from "./panels/watched-series.ts";
import { queryVariables } from "./variables.ts";

/** The series of PromQL queries. */
export const watchedQueries = () =>
  dashboard("Watched queries", [
    {
      title: "Which watched series are unusual?",
      panels: () => [...queryTiles(), unusualSeries().height(8).span(24)],
    },
    { title: "Series", panels: watchedSeries },
    { title: "Queries", panels: () => [queryLanes().span(24).height(7), queryHealth().span(24)] },
    { title: "Series without verdicts", panels: seriesNotWatched, collapsed: true },
  ])
    .uid("watched-queries")
    .description("Which series of the queries in queries.yml are unusual, since when, and why?")
    .variables(queryVariables())
    .build();
