import { detectorService } from "./detector-service.ts";
import { hostOutliers } from "./host-outliers.ts";
import { watchedQueries } from "./watched-queries.ts";

/** Every dashboard, by its file in `grafana/dashboards/`. */
export const dashboards = {
  "detector-service.json": detectorService,
  "host-outliers.json": hostOutliers,
  "watched-queries.json": watchedQueries,
};

/** The file name and text of every dashboard. */
export const dashboardFiles = (): { name: string; text: string }[] =>
  Object.entries(dashboards).map(([name, build]) => ({
    name,
    text: `${JSON.stringify(build(), null, 2)}\n`,
  }));
