import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueGraphMode,
  type DataSourceRef,
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
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  SpecialValueMatch,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { datasource } from "./datasource.ts";

/** A panel that can be numbered. */
export type NumberedPanel = Builder<Panel> & { id(id: number): Builder<Panel> };

/** What every panel must have. */
export type About = { title: string; description: string; unit: string };

type Describable = {
  title(title: string): Describable;
  description(description: string): Describable;
  unit(unit: string): Describable;
  datasource(datasource: DataSourceRef): Describable;
};

export const describe = <Panel extends Describable>(panel: Panel, about: About): Panel => {
  panel.title(about.title).description(about.description).unit(about.unit).datasource(datasource);
  return panel;
};

export const range = (refId: string, expr: string, legend: string) =>
  new DataqueryBuilder()
    .datasource(datasource)
    .refId(refId)
    .expr(expr)
    .legendFormat(legend)
    .range();

/** Only the end of the time range: one value per series. */
export const instant = (refId: string, expr: string, legend: string) =>
  new DataqueryBuilder()
    .datasource(datasource)
    .refId(refId)
    .expr(expr)
    .legendFormat(legend)
    .instant();

/** Only the end of the time range: one row per series. */
export const instantTable = (refId: string, expr: string) =>
  new DataqueryBuilder()
    .datasource(datasource)
    .refId(refId)
    .expr(expr)
    .format(PromQueryFormat.Table)
    .instant();

/** @param steps values at which a colour begins; the first one also applies below */
export const thresholds = (first: string, ...steps: [value: number, color: string][]) => {
  const all: Threshold[] = [{ value: null, color: first }];
  for (const [value, color] of steps) all.push({ value, color });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
};

export const timeseries = (about: About) =>
  describe(new TimeseriesBuilder(), about)
    .height(8)
    .span(12)
    .min(0)
    .lineWidth(1)
    .fillOpacity(0)
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

/** A time series of counts that may all be 0, for which Grafana's own axis would end at 100. */
export const counts = (about: Omit<About, "unit">, unit = "short") =>
  timeseries({ ...about, unit }).axisSoftMax(1);

/** A tile: only the end of the time range, so that it means the same for every range. */
export const stat = (about: About) =>
  describe(new StatBuilder(), about)
    .height(3)
    .span(4)
    .graphMode(BigValueGraphMode.None)
    .noValue("–")
    // No value is neither good nor bad.
    .mappings([
      {
        type: MappingType.SpecialValue,
        options: { match: SpecialValueMatch.Null, result: { text: "–", color: "text" } },
      },
    ])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    // Without it the SDK writes no calculation, and the panel shows nothing.
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false));

export const stateTimeline = (about: About) =>
  describe(new StateTimelineBuilder(), about)
    .mergeValues(true)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    // Grafana's default scheme, which is continuous, would have no legend.
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .showValue(VisibilityMode.Never)
    // Wide enough to be seen.
    .maxDataPoints(300);
