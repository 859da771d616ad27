import { counts, range, timeseries } from "../panel.ts";
import { perMinute, quantile, rate, select } from "../promql.ts";

const empty = "No host is known: is a collector scraped?";

const backlog = select("collector_backlog_samples");
const total = (counter: string) => `sum(${perMinute(select(counter))})`;

/** How the collectors of the chosen hosts fare, together: fifty lines would be none. */
export const collector = () => [
  counts({
    title: "Backlog",
    description:
      "Samples that wait for their verdict. It grows while no detector answers, and is caught up when one is back.",
  })
    .noValue(empty)
    .withTarget(range("A", `sum(${backlog})`, "all hosts"))
    .withTarget(range("B", `max(${backlog})`, "the host with the most")),
  timeseries({
    title: "Detections by code",
    description: "Requests for detection by second and gRPC status code, as the collectors see it.",
    unit: "reqps",
  })
    .noValue(empty)
    .withTarget(
      range("A", `sum by (code) (${rate(select("collector_detect_requests_total"))})`, "{{code}}"),
    ),
  timeseries({
    title: "Time of a detection",
    description:
      "From sending samples to their verdicts, as the collectors see it: network and retries included.",
    unit: "s",
  })
    .noValue(empty)
    .withTarget(range("A", quantile(0.5, "collector_detect_duration_seconds"), "p50"))
    .withTarget(range("B", quantile(0.99, "collector_detect_duration_seconds"), "p99")),
  counts({
    title: "Streams opened",
    description:
      "Per minute, over all chosen hosts. More than one of each host are reconnects: the replica stopped, went away, or ended a stream at its age.",
  })
    .noValue(empty)
    .withTarget(range("A", total("collector_streams_opened_total"), "opened")),
  counts({
    title: "Samples lost",
    description:
      "Per minute, over all chosen hosts. Missed: the time of a sample passed without one. Dropped: samples given up without a verdict.",
  })
    .span(24)
    .noValue(empty)
    .withTarget(range("A", total("collector_missed_ticks_total"), "missed"))
    .withTarget(range("B", total("collector_dropped_samples_total"), "dropped")),
];
