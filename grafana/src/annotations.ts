import type { AnnotationQuery } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { alertsFiring } from "./alerts.ts";
import { datasource } from "./datasource.ts";
import { newOutliers } from "./promql.ts";

type Text = Pick<AnnotationQuery, "titleFormat" | "textFormat" | "tagKeys">;

// A plain object: the SDK's builder would move the switch into the controls menu.
const annotation = (
  name: string,
  expr: string,
  options: { enable: boolean; iconColor: string; useValueForTime?: boolean } & Text,
) => {
  const query: AnnotationQuery = {
    name,
    hide: false,
    datasource,
    expr,
    target: new DataqueryBuilder().datasource(datasource).expr(expr).refId("Anno").range().build(),
    // The finest step; Grafana uses a coarser one for a wide time range.
    step: "5s",
    ...options,
  };
  return { build: () => query };
};

// Only where each begins: the regions of several would cover the panels. None if there are too many.
const MOST_MARKS = 20;
const inRange = `count(count_over_time(${alertsFiring}[$__range] @ end()))`;
const alertsBegin = `(${alertsFiring} unless ${alertsFiring} offset $__interval) and on () ${inRange} <= ${MOST_MARKS}`;

/** Marks across all panels. */
export const annotations = [
  annotation("Alerts", alertsBegin, {
    enable: true,
    iconColor: "orange",
    titleFormat: "{{alertname}}",
    textFormat: "{{instance}}",
    tagKeys: "severity",
  }),
  // The value is the time of the sample in milliseconds, where the mark is drawn: the scrape that
  // reports it comes later. Off by default, because there are many and charts have them as points.
  annotation("Outliers", `1000 * ${newOutliers('series=~"$series"')}`, {
    enable: false,
    iconColor: "red",
    useValueForTime: true,
    titleFormat: "{{series}} of {{instance}}",
    textFormat: "outlier",
    tagKeys: "instance,series",
  }),
];
