import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  VisibilityMode,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type DynamicConfigValue,
  FieldColorModeId,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { showLabelledSeries } from "../links.ts";
import { type About, range, thresholds, timeseries } from "../panel.ts";
import { flaggedValues, select } from "../promql.ts";

export const marks =
  "Red points are flagged values, each at the scrape after its flag. Prometheus sees every fifth sample of the collector's one a second, so the line may miss what a point shows.";

const band =
  "The shaded band is what is expected; of several hosts it reaches from the lowest bound to the highest.";

/** Values of series as lines, and those at which a flag arrived as points upon them. */
export const flaggedSeries = (about: About, name: string, ...matchers: string[]) =>
  timeseries(about)
    .withTarget(range("A", select("outliers_value", ...matchers), name))
    .withTarget(range("B", flaggedValues(...matchers), `${name} flagged`))
    .overrideByQuery("A", [{ id: "links", value: [showLabelledSeries] }])
    .overrideByQuery("B", [
      { id: "custom.drawStyle", value: GraphDrawStyle.Points },
      { id: "custom.showPoints", value: VisibilityMode.Always },
      { id: "custom.pointSize", value: 9 },
      { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: "red" } },
    ]);

/** How a bound of the band is drawn: not at all, so that only what lies between is seen. */
const bound: DynamicConfigValue[] = [
  { id: "custom.lineWidth", value: 0 },
  { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: "text" } },
  { id: "custom.hideFrom", value: { legend: true, tooltip: false, viz: false } },
];

const lower = "expected, at least";
const upper = "expected, at most";

/**
 * One series of any number of hosts, with the band that is expected.
 *
 * Grafana fills down to a line by its name, without variables in it. So there can be one band in a
 * panel, under names that never change, and it is the hull of all hosts' bands.
 */
export const bandedSeries = ({ title, description, unit }: About, matcher: string) =>
  flaggedSeries(
    { title, description: `${description} ${band} ${marks}`, unit },
    "{{instance}}",
    matcher,
  )
    .withTarget(range("C", `min(${select("outliers_expected_lower", matcher)})`, lower))
    .withTarget(range("D", `max(${select("outliers_expected_upper", matcher)})`, upper))
    .overrideByQuery("C", [...bound, { id: "custom.fillOpacity", value: 0 }])
    .overrideByQuery("D", [
      ...bound,
      { id: "custom.fillOpacity", value: 15 },
      { id: "custom.fillBelowTo", value: lower },
    ]);

/** The row of each chosen series, those of sources that are yet to come too. */
export const oneSeries = () => [
  bandedSeries(
    {
      title: "Value of $series",
      description: "Values of this series on each chosen host, in the unit that its name tells.",
      unit: "short",
    },
    'series=~"$series"',
  ).span(16),
  timeseries({
    title: "Score of $series",
    description:
      "How far each sample is from what is expected: above 1 it is an outlier, whatever the method.",
    unit: "short",
  })
    .span(8)
    .thresholds(thresholds("transparent", [1, "red"]))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.LineAndArea),
    )
    .withTarget(range("A", select("outliers_score", 'series=~"$series"'), "{{instance}}"))
    .overrideByQuery("A", [{ id: "links", value: [showLabelledSeries] }]),
];
