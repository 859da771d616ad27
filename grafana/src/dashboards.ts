import { hostOutliers } from "./host-outliers.ts";

/** Every dashboard, by its file in `grafana/dashboards/`. */
const dashboards = { "host-outliers.json": hostOutliers };

/** The files of all dashboards and their text. */
export const dashboardFiles = (): { name: string; text: string }[] =>
  Object.entries(dashboards).map(([name, build]) => ({
    name,
    text: `${JSON.stringify(build(), null, 2)}\n`,
  }));
