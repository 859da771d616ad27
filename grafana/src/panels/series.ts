import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type DynamicConfigValue,
  FieldColorModeId,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { showLabelledHost } from "../links.ts";
import { type About, range, thresholds, timeseries } from "../panel.ts";
import { byHost, manyHosts, oneHost, outlierValues, select, shownHosts } from "../promql.ts";

const reading =
  "For one host, the blue band shows what is expected. Up to five hosts have a line each. With more, the ten hosts with the most recent outliers in the time range have one, and grey shows the median of all hosts and the range of 90 % of them. Red points are outliers, drawn at the scrape that reported them.";

/** Series whose values Grafana formats the same way. */
type Kind = { unit: string; matchers: string[] };

/** A percentage that is always 0 has an axis up to 1 %; Grafana's own would end at 100. */
const unitOf = ({ unit }: Kind): DynamicConfigValue[] => [
  { id: "unit", value: unit },
  ...(unit === "percent" ? [{ id: "custom.axisSoftMax", value: 1 }] : []),
];

/** Not in the legend. */
const hidden = { id: "custom.hideFrom", value: { legend: true, tooltip: false, viz: false } };
const fixed = (fixedColor: string) => ({
  id: "color",
  value: { mode: FieldColorModeId.Fixed, fixedColor },
});

/** An area between two invisible lines. */
const area = (color: string, opacity: number, down: string) => {
  const bound: DynamicConfigValue[] = [{ id: "custom.lineWidth", value: 0 }, fixed(color), hidden];
  return {
    lower: [...bound, { id: "custom.fillOpacity", value: 0 }],
    upper: [
      ...bound,
      { id: "custom.fillOpacity", value: opacity },
      { id: "custom.fillBelowTo", value: down },
    ],
  };
};

// Grafana fills down to a line by its name, in which it replaces no variables: so these are fixed.
const lower = "expected min";
const low = "5 % of all hosts";
export const expected = { ...area("blue", 25, lower), lowerName: lower };
const most = area("text", 10, low);

/** Red points on the lines. */
export const outlierPoints: DynamicConfigValue[] = [
  { id: "custom.drawStyle", value: GraphDrawStyle.Points },
  { id: "custom.showPoints", value: VisibilityMode.Always },
  { id: "custom.pointSize", value: 5 },
  fixed("red"),
  hidden,
];

/** Hosts as a table beside the lines, highest first: a list of fifty would hide the lines. */
export const tableLegend = () =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Right)
    .calcs(["max"])
    .width(320)
    .sortBy("Max")
    .sortDesc(true)
    .showLegend(true);

/**
 * One series on any number of hosts, with its expected values.
 * @param kinds the kinds of series that it may show, each with its unit; only one at a time
 */
export const seriesPanel = ({ title, description, unit }: About, kinds: readonly Kind[]) => {
  const panel = timeseries({ title, description: `${description} ${reading}`, unit })
    .legend(tableLegend())
    .noValue("No samples in this time range");
  let next = 65;
  const add = (kind: Kind, expr: string, name: string, properties: DynamicConfigValue[]) => {
    const refId = String.fromCharCode(next);
    next += 1;
    panel
      .withTarget(range(refId, expr, name))
      .overrideByQuery(refId, [...unitOf(kind), ...properties]);
  };
  for (const kind of kinds) {
    const { matchers } = kind;
    const value = select("outliers_value", ...matchers);
    const shown = shownHosts(...matchers);
    const quantileOfMany = (q: number) => `quantile(${q}, ${value}) and ${manyHosts}`;
    const bound = (metric: string) => `max(${select(metric, ...matchers)}) and ${oneHost}`;
    // First, as in the score's panel, because Grafana's palette follows the order.
    add(
      kind,
      `(${outlierValues(...matchers)} or ${byHost(value)}) and on (job, instance) ${shown}`,
      "{{instance}}",
      [{ id: "links", value: [showLabelledHost] }],
    );
    add(kind, bound("outliers_expected_lower"), lower, expected.lower);
    add(kind, bound("outliers_expected_upper"), "expected max", expected.upper);
    add(kind, quantileOfMany(0.05), low, most.lower);
    add(kind, quantileOfMany(0.95), "95 % of all hosts", most.upper);
    add(kind, quantileOfMany(0.5), "median of all hosts", [
      fixed("text"),
      { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } },
    ]);
    add(
      kind,
      `${outlierValues(...matchers)} and on (job, instance) ${shown}`,
      "{{instance}} outlier",
      outlierPoints,
    );
  }
  return panel;
};

/** A time series of scores, with the line above which a sample is an outlier. */
export const scores = (about: About) =>
  timeseries(about)
    // The line at 1 is there when nothing comes near it.
    .axisSoftMax(1.5)
    .thresholds(thresholds("transparent", [1, "red"]))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));

const chosen = 'series=~"$series"';

/** The row of each chosen series, including those of future sources. */
export const oneSeries = () => [
  seriesPanel(
    {
      title: "Value of $series",
      description: "Values of this series.",
      unit: "short",
    },
    [
      { unit: "percent", matchers: [chosen, 'series=~".+_percent"'] },
      { unit: "short", matchers: [chosen, 'series!~".+_percent"'] },
    ],
  ).span(15),
  scores({
    title: "Score of $series",
    description:
      "How far each sample is from what is expected. Above 1, the red line, it is an outlier, whatever the method. The hosts and their colours are those of the chart beside it.",
    unit: "short",
  })
    .span(9)
    // The panel beside has one, and both take their colours in the order of the hosts.
    .legend(new VizLegendOptionsBuilder().showLegend(false))
    .withTarget(
      range(
        "A",
        `${byHost(select("outliers_score", chosen))} and on (job, instance) ${shownHosts(chosen)}`,
        "{{instance}}",
      ),
    )
    .overrideByQuery("A", [{ id: "links", value: [showLabelledHost] }]),
];
