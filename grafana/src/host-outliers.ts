import {
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { annotations } from "./annotations.ts";
import { links, tag } from "./links.ts";
import type { NumberedPanel } from "./panel.ts";
import { collector } from "./panels/collector.ts";
import { cpu, eachSeries } from "./panels/cpu.ts";
import { detector } from "./panels/detector.ts";
import { flags } from "./panels/flags.ts";
import { overview } from "./panels/overview.ts";
import { trust } from "./panels/trust.ts";
import { variables } from "./variables.ts";

const rows: { title: string; panels: () => NumberedPanel[] }[] = [
  { title: "Now", panels: overview },
  { title: "CPU", panels: cpu },
  { title: "Flags", panels: flags },
  { title: "Each series", panels: eachSeries },
  { title: "Can it be trusted?", panels: trust },
  { title: "Detector", panels: detector },
  { title: "Collector", panels: collector },
];

/** The home dashboard. */
export const hostOutliers = () => {
  const dashboard = new DashboardBuilder("Host outliers")
    .uid("host-outliers")
    .description("The CPU of your hosts, with the samples that stand out from the last minutes.")
    .tags([tag])
    .readonly()
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-15m", to: "now" })
    .refresh("10s")
    .variables(variables())
    .annotations(annotations)
    .links(links);
  // The SDK gives no numbers, and Grafana needs distinct ones.
  let id = 0;
  for (const { title, panels } of rows) {
    id += 1;
    dashboard.withRow(new RowBuilder(title).id(id));
    for (const panel of panels()) {
      id += 1;
      dashboard.withPanel(panel.id(id));
    }
  }
  return dashboard.build();
};
