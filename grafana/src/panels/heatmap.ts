import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from "@grafana/grafana-foundation-sdk/heatmap";
import { PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { type About, describe, range } from "../panel.ts";
import { rate, select } from "../promql.ts";

/** The buckets of a histogram in seconds over time; the unit is that of their counts. */
export const heatmap = (about: About, histogram: string) =>
  describe(new HeatmapBuilder(), about)
    .height(8)
    .color(
      // As Grafana's own default, which the SDK's builder leaves without a mode.
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme("Oranges")
        .exponent(0.5)
        .steps(64),
    )
    .yAxis(new YAxisConfigBuilder().unit("s"))
    .withTarget(
      range("A", `sum by (le) (${rate(select(`${histogram}_bucket`))})`, "{{le}}").format(
        PromQueryFormat.Heatmap,
      ),
    );
