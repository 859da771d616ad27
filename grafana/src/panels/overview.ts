import { BigValueGraphMode } from "@grafana/grafana-foundation-sdk/common";
import { showService } from "../links.ts";
import { range, stat, thresholds } from "../panel.ts";
import { rate, select, selectSeries } from "../promql.ts";

/** The first line: is something unusual, and can the answer be trusted? */
export const overview = () => [
  stat({
    title: "Hosts watched",
    description: "Hosts whose collector delivers values now.",
    unit: "short",
  })
    .thresholds(thresholds("green"))
    .withTarget(
      range("A", `count(count by (job, instance) (${select("outliers_value")}))`, "hosts"),
    ),
  stat({
    title: "Series flagged now",
    description: "Series whose last flag is younger than ACTIVE_HOLD (30 s).",
    unit: "short",
  })
    .thresholds(thresholds("green", [1, "orange"]))
    .withTarget(range("A", `sum(${selectSeries("outliers_active")})`, "flagged")),
  stat({
    title: "Series being judged",
    description:
      "Share of the series that are ready. The others are still warming up, where no flag does not mean that all is normal, or constant.",
    unit: "percentunit",
  })
    .thresholds(thresholds("orange", [0.5, "green"]))
    .withTarget(range("A", `avg(${selectSeries("outliers_state", 'state="ready"')})`, "ready")),
  stat({
    title: "Time without verdicts",
    description:
      "Share of the time in which a verdict was due and did not come, of the series that is worst off. Warm-up counts too.",
    unit: "percentunit",
  })
    .thresholds(thresholds("green", [0.01, "orange"], [0.5, "red"]))
    .withTarget(
      range("A", `max(${rate(selectSeries("outliers_blind_seconds_total"))})`, "blind time"),
    ),
  stat({
    title: "Backlog",
    description:
      "Samples that wait for their verdict, on the host with the most. Many mean that the detector is away.",
    unit: "short",
  })
    .thresholds(thresholds("green", [300, "orange"], [1500, "red"]))
    .overrideByFieldType("number", [{ id: "links", value: [showService] }])
    .withTarget(range("A", `max(${select("collector_backlog_samples")})`, "samples")),
  stat({
    title: "Detector replicas up",
    description:
      "Replicas of the detector that Prometheus can scrape. Empty when no detector is among the chosen jobs and instances.",
    unit: "short",
  })
    .graphMode(BigValueGraphMode.None)
    .thresholds(thresholds("red", [1, "green"]))
    .overrideByFieldType("number", [{ id: "links", value: [showService] }])
    .withTarget(range("A", `sum(${select("up", 'job="detector"')})`, "replicas")),
];
