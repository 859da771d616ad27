import { type DashboardLink, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";

/** The tag that all our dashboards have. */
export const tag = "outliers";

const chosen = (variable: string) => `\${${variable}:queryparam}`;

/**
 * From one dashboard to another, with data source and time range, but without jobs and instances:
 * collectors and detectors have different ones.
 */
// A plain object: the SDK's builder would move the link into the controls menu.
const dashboardLink = (title: string, uid: string) => {
  const link: DashboardLink = {
    title,
    type: DashboardLinkType.Link,
    icon: "dashboard",
    tooltip: `${title}, at the same time range`,
    url: `/d/${uid}?${chosen("datasource")}`,
    tags: [],
    asDropdown: false,
    includeVars: false,
    keepTime: true,
    targetBlank: false,
  };
  return { build: () => link };
};

const all = [
  { title: "Host outliers", uid: "host-outliers" },
  { title: "Watched queries", uid: "watched-queries" },
  { title: "Detector service", uid: "detector-service" },
];

/** From the dashboard with a title to the others. */
export const linksFrom = (from: string) =>
  all.filter(({ title }) => title !== from).map(({ title, uid }) => dashboardLink(title, uid));

/** A link to one of our dashboards, with the same data source and time range. */
const dataLink = (title: string, uid: string, ...parameters: string[]) => {
  const kept = [`\${__url_time_range}`, chosen("datasource")];
  return { title, url: `/d/${uid}?${[...kept, ...parameters].join("&")}` };
};

const hostOutliers = (title: string, ...parameters: string[]) =>
  dataLink(title, "host-outliers", chosen("job"), ...parameters);

/** From a row of a table with the columns `Series` and `Host`. */
export const showSeriesInRow = hostOutliers(
  "Show this series",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  "var-series=${__data.fields.Series}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  "var-instance=${__data.fields.Host}",
);

const showHost = (instance: string) =>
  hostOutliers("Show this host", `var-instance=\${${instance}}`);

/** From a line or lane to its host. */
export const showLabelledHost = showHost("__field.labels.instance");

/** From a row of a table with a column `Host`. */
export const showHostInRow = showHost("__data.fields.Host");

/** From a row of a table with a column `Page`, which has the address. */
export const showPageInRow = {
  title: "Live page of this host",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  url: "${__data.fields.Page}",
  targetBlank: true,
};

const watchedQueries = (title: string, ...parameters: string[]) =>
  dataLink(title, "watched-queries", ...parameters);

/** From a row of a table with the columns `Query`, `Instance`, `Collector` and `Filters`. */
export const showQuerySeriesInRow = watchedQueries(
  "Show this series",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  "var-query=${__data.fields.Query}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  "var-instance=${__data.fields.Instance}",
  // The state of a query is that of its collector.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  "var-instance=${__data.fields.Collector}${__data.fields.Filters}",
);

/** From a row of a table with a column `Query`, or a lane, to all series of the query. */
export const showQueryInRow = watchedQueries(
  "Show this query",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  "var-query=${__data.fields.Query}",
);
export const showLabelledQuery = watchedQueries(
  "Show this query",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  "var-query=${__field.labels.query}",
);

/** From a row of a table with a column `Expression`; Grafana encodes it for Explore. */
export const exploreExpressionInRow = {
  title: "Open its expression in Explore",
  url: "",
  internal: {
    // Grafana replaces no variable here, and falls back on the default data source.
    datasourceUid: "prometheus",
    datasourceName: "Prometheus",
    query: {
      refId: "A",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
      expr: "${__data.fields.Expression}",
      range: true,
    },
  },
};

export const showService = dataLink("Show the detector service", "detector-service");
