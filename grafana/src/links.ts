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
