import type { AnnotationQuery } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { datasource } from "./datasource.ts";
import { newlyFlagged } from "./promql.ts";

// A plain object: the SDK's builder would move the switch into the controls menu.
const flags = (name: string, enable: boolean, ...matchers: string[]) => {
  // The value is the time of the sample itself, in milliseconds, where the mark then goes: the
  // scrape that tells of it comes seconds later. Only times that moved: a flag is one mark.
  const expr = `1000 * ${newlyFlagged('series=~"$series"', ...matchers)}`;
  const annotation: AnnotationQuery = {
    name,
    enable,
    hide: false,
    iconColor: "red",
    datasource,
    expr,
    target: new DataqueryBuilder().datasource(datasource).expr(expr).refId("Anno").range().build(),
    titleFormat: "{{series}} of {{instance}}",
    textFormat: "Flagged as an outlier",
    tagKeys: "instance,series",
    step: "5s",
    useValueForTime: true,
  };
  return { build: () => annotation };
};

/** Flags as marks across all panels. All series at once are many: off until asked for. */
export const annotations = [
  flags("CPU flags", true, 'series="cpu_utilization_percent"'),
  flags("All flags", false),
];
