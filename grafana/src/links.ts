import { type DashboardLink, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";

/** The tag that all our dashboards have. */
export const tag = "outliers";

const chosen = (variable: string) => `\${${variable}:queryparam}`;

/**
 * From one dashboard to another, with data source and time range, but without jobs and instances:
 * collectors and detectors have different ones.
 */
// A plain object: the SDK's builder would move the link into the controls menu.
export const dashboardLink = (title: string, uid: string) => {
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

export const showService = dataLink("Show the detector service", "detector-service");
