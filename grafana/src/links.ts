import { type DashboardLink, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";

/** The tag that all our dashboards have. */
export const tag = "outliers";

// Plain objects: the SDK's builder would move the link into the controls menu.
const dashboards: DashboardLink = {
  title: "Outliers",
  type: DashboardLinkType.Dashboards,
  icon: "external link",
  tooltip: "Other dashboards of Outliers, with the same time range and variables",
  tags: [tag],
  asDropdown: true,
  includeVars: true,
  keepTime: true,
  targetBlank: false,
};

export const links = [{ build: () => dashboards }];

const chosen = (variable: string) => `\${${variable}:queryparam}`;

/** A link to one of our dashboards that keeps data source, time range and jobs. */
const dataLink = (title: string, uid: string, ...parameters: string[]) => {
  const kept = [`\${__url_time_range}`, chosen("datasource"), chosen("job")];
  return { title, url: `/d/${uid}?${[...kept, ...parameters].join("&")}` };
};

const showSeries = (series: string, instance: string) =>
  dataLink(
    "Show this series",
    "host-outliers",
    `var-series=\${${series}}`,
    `var-instance=\${${instance}}`,
  );

/** From a line, bar or lane to the series that it is of. */
export const showLabelledSeries = showSeries("__field.labels.series", "__field.labels.instance");

/** From a row of a table with these columns. */
export const showSeriesInRow = showSeries("__data.fields.Series", "__data.fields.Host");

export const showService = dataLink("Show the detector service", "detector-service");
