import { annotations } from "./annotations.ts";
import { dashboard } from "./dashboard.ts";
import { collector } from "./panels/collector.ts";
import { cpu } from "./panels/cpu.ts";
import { lastOutliers } from "./panels/last-outliers.ts";
import { outliersInRange } from "./panels/outliers-in-range.ts";
import { overview } from "./panels/overview.ts";
import { oneSeries } from "./panels/series.ts";
import { trust } from "./panels/trust.ts";
import { series, variables } from "./variables.ts";

/** The home dashboard. */
export const hostOutliers = () =>
  dashboard("Host outliers", [
    // Grafana's home page shows no title, so the first row has it.
    { title: "Host outliers: is something wrong?", panels: overview },
    { title: "CPU", panels: cpu },
    { title: "Last outliers", panels: () => [lastOutliers().span(24)] },
    { title: "Outliers in this time range", panels: outliersInRange, collapsed: true },
    { title: "Can it be trusted?", panels: () => [...trust(), ...collector()], collapsed: true },
    // Repeated by series, never by host: fifty hosts are lines of a panel, not fifty rows.
    { title: "$series", panels: oneSeries, repeat: "series" },
  ])
    .uid("host-outliers")
    .description("Is something wrong on your hosts, where, since when, and why?")
    .variables([...variables("collector", "Collectors, one per host."), series()])
    .annotations(annotations)
    .build();
