import {
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardLink, tag } from "./links.ts";
import type { NumberedPanel } from "./panel.ts";

/**
 * What a row is called and holds.
 * @property collapsed asks nothing until it is opened
 * @property repeat the variable that it is there once for each choice of
 */
export type Row = {
  title: string;
  panels: () => NumberedPanel[];
  collapsed?: boolean;
  repeat?: string;
};

/**
 * What all our dashboards have in common, with these rows from top to bottom.
 * @param other title and uid of the dashboard that it links to
 */
export const dashboard = (
  title: string,
  other: { title: string; uid: string },
  rows: readonly Row[],
) => {
  const builder = new DashboardBuilder(title)
    .tags([tag])
    .readonly()
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-15m", to: "now" })
    .refresh("10s")
    .links([dashboardLink(other.title, other.uid)]);
  // The SDK gives no numbers, and Grafana needs distinct ones.
  let id = 0;
  for (const { title, panels, collapsed = false, repeat } of rows) {
    id += 1;
    const row = new RowBuilder(title).id(id);
    if (repeat !== undefined) row.repeat(repeat);
    const numbered = panels().map((panel) => {
      id += 1;
      return panel.id(id);
    });
    // A collapsed row holds its panels, an open one stands before them.
    if (collapsed) for (const panel of numbered) row.withPanel(panel);
    builder.withRow(row);
    if (!collapsed) for (const panel of numbered) builder.withPanel(panel);
  }
  return builder;
};
