import { counts, range, timeseries } from "../panel.ts";
import { perMinute, quantile, rate, select } from "../promql.ts";

const empty = "No host found. Does Prometheus scrape a collector?";

const backlog = select("collector_backlog_samples");
const total = (counter: string) => `sum(${perMinute(select(counter))})`;

/** The state of the selected hosts' collectors, in total: nobody can read fifty lines. */
export const collector = () => [
  counts({
    title: "Backlog",
    description:
      "Samples without a verdict yet. The backlog grows while no detector answers, and drains once one does.",
  })
    .noValue(empty)
    .withTarget(range("A", `sum(${backlog})`, "all hosts"))
    .withTarget(range("B", `max(${backlog})`, "the host with the most")),
  timeseries({
    title: "Detections by code",
    description: "Detection requests per second, by gRPC status code, as seen by the collectors.",
    unit: "reqps",
  })
    .noValue(empty)
    .withTarget(
      range("A", `sum by (code) (${rate(select("collector_detect_requests_total"))})`, "{{code}}"),
    ),
  timeseries({
    title: "Time of a detection",
    description:
      "Time from sending samples to receiving their verdicts, as seen by the collectors, including network and retries.",
    unit: "s",
  })
    .noValue(empty)
    .withTarget(range("A", quantile(0.5, "collector_detect_duration_seconds"), "p50"))
    .withTarget(range("B", quantile(0.99, "collector_detect_duration_seconds"), "p99")),
  counts({
    title: "Streams opened",
    description:
      "Streams opened per minute by all selected hosts. Each host opens one when it starts; the others are reconnects, after a replica stopped or a stream reached its maximum age.",
  })
    .noValue(empty)
    .withTarget(range("A", total("collector_streams_opened_total"), "opened")),
  counts({
    title: "Samples missed or dropped",
    description:
      "Samples per minute that got no verdict, on all selected hosts. Missed: no sample was taken when it was due. Dropped: a sample was discarded from a full buffer.",
  })
    .span(24)
    .noValue(empty)
    .withTarget(range("A", total("collector_missed_ticks_total"), "missed"))
    .withTarget(range("B", total("collector_dropped_samples_total"), "dropped")),
];
