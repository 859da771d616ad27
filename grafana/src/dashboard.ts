import {
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { linksFrom, tag } from "./links.ts";
import type { NumberedPanel } from "./panel.ts";

/**
 * A row of a dashboard.
 * @property collapsed whether it is closed at first, and sends no queries until it is opened
 * @property repeat the variable for each of whose values the row is repeated
 */
export type Row = {
  title: string;
  panels: () => NumberedPanel[];
  collapsed?: boolean;
  repeat?: string;
};

/** A dashboard with these rows, from top to bottom, and links to the other dashboards. */
export const dashboard = (title: string, rows: readonly Row[]) => {
  const builder = new DashboardBuilder(title)
    .tags([tag])
    .readonly()
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-15m", to: "now" })
    .refresh("10s")
    .links(linksFrom(title));
  // The SDK assigns no ids, and Grafana needs distinct ones.
  let id = 0;
  for (const { title, panels, collapsed = false, repeat } of rows) {
    id += 1;
    const row = new RowBuilder(title).id(id);
    if (repeat !== undefined) row.repeat(repeat);
    const numbered = panels().map((panel) => {
      id += 1;
      return panel.id(id);
    });
    // A collapsed row contains its panels; an open one precedes them.
    if (collapsed) for (const panel of numbered) row.withPanel(panel);
    builder.withRow(row);
    if (!collapsed) for (const panel of numbered) builder.withPanel(panel);
  }
  return builder;
};
