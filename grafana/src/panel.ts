import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { datasource } from "./datasource.ts";
import { flaggedValues, select } from "./promql.ts";

/** A panel that can be numbered. */
export type NumberedPanel = Builder<Panel> & { id(id: number): Builder<Panel> };

/** What every panel must have. */
export type About = { title: string; description: string; unit: string };

export const range = (refId: string, expr: string, legend: string) =>
  new DataqueryBuilder()
    .datasource(datasource)
    .refId(refId)
    .expr(expr)
    .legendFormat(legend)
    .range();

/** Only the present, a row for each series. */
export const instantTable = (refId: string, expr: string) =>
  new DataqueryBuilder()
    .datasource(datasource)
    .refId(refId)
    .expr(expr)
    .format(PromQueryFormat.Table)
    .instant();

/** @param steps values from which on a colour holds; the first one holds below too */
export const thresholds = (first: string, ...steps: [value: number, color: string][]) => {
  const all: Threshold[] = [{ value: null, color: first }];
  for (const [value, color] of steps) all.push({ value, color });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
};

export const timeseries = ({ title, description, unit }: About) =>
  new TimeseriesBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(datasource)
    .height(8)
    .span(12)
    .min(0)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    )
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    );

export const stat = ({ title, description, unit }: About) =>
  new StatBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(datasource)
    .height(4)
    .span(4)
    .noValue("no data")
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    // Without it the SDK leaves no calculation, and the panel shows nothing.
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false));

/** How a bound of the expected band is drawn: dashed, thin, and not in the legend. */
const bound: DynamicConfigValue[] = [
  { id: "custom.lineStyle", value: { fill: "dash", dash: [4, 6] } },
  { id: "custom.fillOpacity", value: 0 },
  { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: "text" } },
  { id: "custom.hideFrom", value: { legend: true, tooltip: false, viz: false } },
];

/**
 * Values of series as lines, the band that is expected around them, and the values at which a flag
 * arrived as points upon them.
 */
export const flaggedSeries = (about: About, name: string, ...matchers: string[]) =>
  timeseries(about)
    .withTarget(range("A", select("outliers_value", ...matchers), name))
    .withTarget(range("B", flaggedValues(...matchers), `${name} flagged`))
    .withTarget(range("C", select("outliers_expected_lower", ...matchers), `${name} lower`))
    .withTarget(range("D", select("outliers_expected_upper", ...matchers), `${name} upper`))
    .overrideByQuery("C", bound)
    .overrideByQuery("D", bound)
    .overrideByQuery("B", [
      { id: "custom.drawStyle", value: GraphDrawStyle.Points },
      { id: "custom.showPoints", value: VisibilityMode.Always },
      { id: "custom.pointSize", value: 9 },
      { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: "red" } },
    ]);
