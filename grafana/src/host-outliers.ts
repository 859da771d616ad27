import { annotations } from "./annotations.ts";
import { dashboard } from "./dashboard.ts";
import { cpu } from "./panels/cpu.ts";
import { flags } from "./panels/flags.ts";
import { overview } from "./panels/overview.ts";
import { oneSeries } from "./panels/series.ts";
import { trust } from "./panels/trust.ts";
import { series, variables } from "./variables.ts";

/** The home dashboard. */
export const hostOutliers = () =>
  dashboard("Host outliers", [
    { title: "Now", panels: overview },
    { title: "CPU", panels: cpu },
    { title: "Flags", panels: flags },
    { title: "Can it be trusted?", panels: trust, collapsed: true },
    // By series alone, never by host besides: fifty hosts are fifty lines, not fifty rows.
    { title: "$series", panels: oneSeries, repeat: "series" },
  ])
    .uid("host-outliers")
    .description("The CPU of your hosts, with the samples that stand out from the last minutes.")
    .variables([...variables(), series()])
    .annotations(annotations)
    .build();
