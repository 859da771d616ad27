import { alertsFiring } from "../alerts.ts";
import { showService } from "../links.ts";
import { instant, stat, thresholds } from "../panel.ts";
import { collectorsUp, countOf, select } from "../promql.ts";
import { firingAlerts } from "./firing-alerts.ts";
import { hosts } from "./hosts.ts";
import { incidents } from "./incidents.ts";

const active = select("outliers_active");
const detectorUp = select("collector_detector_up");

/** The first screen: is something wrong, where, since when, why? */
export const overview = () => [
  stat({
    title: "Alerts firing",
    description: "Alerts that are firing. A dash means that no host is known.",
    unit: "short",
  })
    .thresholds(thresholds("green", [1, "red"]))
    .withTarget(instant("A", countOf(alertsFiring, collectorsUp.now), "alerts")),
  stat({
    title: "Hosts with outliers",
    description:
      "Hosts with at least one series that is an outlier, or was one within ACTIVE_HOLD.",
    unit: "short",
  })
    .span(5)
    .thresholds(thresholds("green", [1, "orange"]))
    .withTarget(
      instant("A", countOf(`sum by (job, instance) (${active}) > 0`, active), "with outliers"),
    ),
  stat({
    title: "Hosts silent",
    description: "Hosts whose collector Prometheus can't scrape. They are unmonitored.",
    unit: "short",
  })
    .thresholds(thresholds("green", [1, "red"]))
    .withTarget(instant("A", countOf(`${collectorsUp.now} == 0`, collectorsUp.now), "silent")),
  stat({
    title: "No verdicts",
    description:
      "Hosts whose last detection failed. Their samples are buffered; no outliers are found until a detector answers.",
    unit: "short",
  })
    .span(4)
    .thresholds(thresholds("green", [1, "red"]))
    .overrideByFieldType("number", [{ id: "links", value: [showService] }])
    .withTarget(instant("A", countOf(`${detectorUp} == 0`, detectorUp), "without verdicts")),
  stat({
    title: "Warmed up",
    description:
      "Share of series that have enough samples to be scored. For the others, the absence of outliers doesn't mean that all is well.",
    unit: "percentunit",
  })
    .span(4)
    .decimals(0)
    .thresholds(thresholds("orange", [0.9, "green"]))
    .withTarget(
      instant("A", `1 - avg(${select("outliers_state", 'state="warming_up"')})`, "warmed up"),
    ),
  stat({
    title: "Hosts",
    description: "Hosts with a collector that Prometheus knows, including silent ones.",
    unit: "short",
  })
    .span(3)
    .thresholds(thresholds("text"))
    .withTarget(instant("A", `count(${collectorsUp.now})`, "hosts")),
  hosts().height(7).span(24),
  firingAlerts().height(8).span(13),
  incidents().height(8).span(11),
];
