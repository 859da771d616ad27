// Metrics of synthetic hosts and detector replicas, with the names and labels of the real ones: what
// dashboards have to show for fifty hosts with every kind of trouble at once.

/** What is wrong with a host at the end. */
export type Trouble = "outliers" | "silent" | "source" | "no verdicts" | "warming up" | "none";

type Labels = Record<string, string>;

const DETECTORS = ["172.18.0.4:9465", "172.18.0.5:9465"];
// Some have the same name and differ by another label.
const SERIES: readonly Labels[] = [
  { series: "cpu_utilization_percent" },
  { series: "cpu_user_percent" },
  { series: "cpu_system_percent" },
  { series: "load1" },
  { series: "requests", path: "/" },
  { series: "requests", path: "/login" },
  { series: "cpu_iowait_percent" },
  { series: "cpu_steal_percent" },
  { series: "memory_used_percent" },
];
/** How many of a host's series are outliers in an incident. */
export const AFFECTED = 6;
/** How long the trouble has lasted at the end: long enough for every alert. */
export const TROUBLE_SECONDS = 300;
const PAST_SECONDS = 900;
const STEP_SECONDS = 15;

export const hostName = (index: number): string =>
  `node-${String(index + 1).padStart(2, "0")}.example.com:9464`;

/** Queries that a collector watches, each with a series of every host. */
export type Watched = {
  hosts: number;
  /** How many of them are unusual at the end; another is absent, which is an event. */
  unusual: number;
};

const WATCHING = "collector:9464";
const QUERIES: Record<string, (host: string) => Labels> = {
  node_cpu_percent: (host) => ({ job: "node", instance: host }),
  http_latency_seconds: (host) => ({ job: "api", instance: host, namespace: "shop", path: "/pay" }),
  node_filesystem_used_percent: (host) => ({
    job: "node",
    instance: host,
    device: "/dev/sda1",
    mountpoint: "/var/lib/data",
  }),
  queue_length: (host) => ({ job: "queue", instance: host, topic: "orders" }),
};
const FAILING_QUERY = "fails";

type Emit = (metric: string, value: number, labels?: Labels) => void;

type Condition = {
  /** The score of an outlier; undefined if it is none. */
  score: number | undefined;
  state: "warming_up" | "ready" | "absent";
  time: number;
  began: number;
};

function series(emit: Emit, labels: Labels, { score, state, time, began }: Condition): void {
  const isAbsent = state === "absent";
  const isActive = score !== undefined;
  if (!isAbsent) {
    emit("outliers_value", isActive ? 97 : 10 + (time % 3), labels);
    emit("outliers_score", score ?? 0.2, labels);
    emit("outliers_expected", 10, labels);
    emit("outliers_expected_lower", 5, labels);
    emit("outliers_expected_upper", 15, labels);
  }
  emit("outliers_detected_total", isActive ? time - began : 0, labels);
  emit("outliers_active", Number(isActive), labels);
  emit("outliers_last_outlier_timestamp_seconds", isActive ? time : 0, labels);
  for (const one of ["warming_up", "constant", "ready", "absent"])
    emit("outliers_state", Number(one === state), { ...labels, state: one });
  if (!isActive) return;
  emit("outliers_active_since_timestamp_seconds", began, labels);
  emit("outliers_last_outlier_value", 97, labels);
  if (!isAbsent) emit("outliers_last_outlier_expected", 10, labels);
  if (!isAbsent) emit("outliers_last_outlier_score", score, labels);
  const reason = isAbsent ? "no sample: the series is absent" : "far too high";
  emit("outliers_last_event_info", 1, { ...labels, direction: "up", reason });
}

/** A collector that watches queries, at a time. */
function watching(emit: Emit, { hosts, unusual }: Watched, time: number, age: number): void {
  emit("up", 1);
  emit("collector_build_info", 1, { version: "0.1.0", node_version: "v24" });
  emit("collector_config_last_reload_successful", 1);
  const began = time - age;
  const isWrong = unusual > 0 && age >= 0;
  for (const query of [...Object.keys(QUERIES), FAILING_QUERY]) {
    const fails = query === FAILING_QUERY && isWrong;
    emit("collector_query_info", 1, { query, expr: `avg by (instance) (rate(${query}[5m]))` });
    emit("collector_query_series", hosts, { query });
    emit("collector_query_series_left_out", query === "queue_length" ? 3 : 0, { query });
    emit("collector_backfill_series", query === "queue_length" ? 2 : 0, { query });
    emit("collector_query_ignored_values_total", 0, { query, reason: "not_finite" });
    emit("collector_sample_success", Number(!fails), { source: query });
    emit("collector_source_interval_seconds", 60, { source: query });
    emit("collector_last_sample_timestamp_seconds", fails ? began : time, { source: query });
    if (fails) alert(emit, "QueryFailing", "warning", began, age >= 300, { query });
  }
  for (const [nth, [query, labelsOf]] of Object.entries(QUERIES).entries()) {
    for (let index = 0; index < hosts; index++) {
      const labels: Labels = { query, series: query, ...labelsOf(`web-${index + 1}`) };
      const isAbsent = isWrong && nth === 0 && index === hosts - 1;
      const isOutlier = isWrong && index < unusual;
      series(emit, labels, {
        score: isAbsent ? 0 : isOutlier ? 2 + nth + index / hosts : undefined,
        state: isAbsent ? "absent" : "ready",
        time,
        began,
      });
      const { job = "", instance = "", namespace } = labels;
      // As recorded by prometheus/rules.
      emit("query:outliers_active:sum", Number(isOutlier || isAbsent), {
        query,
        job,
        instance,
        ...(namespace && { namespace }),
      });
      if (isOutlier) alert(emit, "QueryOutlier", "warning", began, age >= 120, labels);
    }
  }
}

/** A host's metrics at a time, in seconds; `age` is how long its trouble has lasted. */
function host(emit: Emit, trouble: Trouble, time: number, age: number): void {
  emit("up", trouble === "silent" && age >= 0 ? 0 : 1);
  const isSilent = trouble === "silent" && age >= 0;
  const began = time - age;
  if (trouble === "silent" && age >= 0) alert(emit, "HostSilent", "critical", began, age >= 120);
  if (isSilent) return;
  const isWrong = trouble === "outliers" && age >= 0;
  for (const [index, labels] of SERIES.entries()) {
    emit(
      "outliers_unmonitored_seconds_total",
      trouble === "no verdicts" && age > 0 ? age : 0,
      labels,
    );
    series(emit, labels, {
      score: isWrong && index < AFFECTED ? 8 + index : undefined,
      state: trouble === "warming up" ? "warming_up" : "ready",
      time,
      began,
    });
  }
  // As recorded by prometheus/rules.
  emit("instance:outliers_active:sum", isWrong ? AFFECTED : 0);
  if (isWrong) alert(emit, "HostOutlierIncident", "critical", began, age >= 60);
  emit("collector_detector_up", Number(trouble !== "no verdicts" || age < 0));
  if (trouble === "no verdicts" && age >= 0)
    alert(emit, "DetectionsFailing", "warning", began, age >= 300);
  emit("collector_backlog_samples", trouble === "no verdicts" && age > 0 ? 7 * age : 0);
  emit("collector_build_info", 1, { version: "0.1.0", node_version: "v24" });
  emit("collector_page_info", 1, { url: "http://localhost:9464/" });
  emit("collector_missed_ticks_total", 0);
  emit("collector_dropped_samples_total", 0);
  emit("collector_streams_opened_total", 1);
  emit("collector_detect_requests_total", time % 1e6, { code: "OK" });
  emit("collector_sample_success", Number(trouble !== "source" || age < 0), { source: "cpu" });
  for (const le of ["0.005", "0.01", "+Inf"])
    emit("collector_detect_duration_seconds_bucket", time % 1e6, { le });
}

function detector(emit: Emit, time: number): void {
  const stream = { grpc_service: "pb.Outliers", grpc_method: "DetectStream" };
  const unary = { grpc_service: "pb.Outliers", grpc_method: "Detect" };
  const count = time % 1e6;
  emit("up", 1);
  emit("detector_build_info", 1, { version: "0.1.0", node_version: "v24" });
  emit("grpc_server_msg_received_total", count, stream);
  emit("grpc_server_handled_total", count, { ...unary, grpc_code: "OK" });
  emit("grpc_server_handled_total", count / 100, { ...unary, grpc_code: "Internal" });
  for (const le of ["0.001", "0.01", "+Inf"]) {
    emit("grpc_server_handling_seconds_bucket", count, { ...unary, le });
    emit("detector_detection_duration_seconds_bucket", count, { method: "adaptive", le });
  }
  emit("detector_streams", 25);
  emit("detector_streams_limit", 1000);
  emit("detector_series", 175);
  emit("detector_samples_total", count, { method: "adaptive" });
  emit("detector_memory_limit_bytes", 256 * 1024 * 1024);
  emit("process_resident_memory_bytes", 128 * 1024 * 1024);
  emit("process_cpu_seconds_total", count / 100);
  emit("process_start_time_seconds", 1);
  emit("nodejs_eventloop_lag_p99_seconds", 0.01);
}

/** As Prometheus exports a pending or firing alert. */
function alert(
  emit: Emit,
  alertname: string,
  severity: string,
  since: number,
  fires: boolean,
  more: Labels = {},
) {
  const labels = { ...more, alertname, severity };
  emit("ALERTS", 1, { ...labels, alertstate: fires ? "firing" : "pending" });
  emit("ALERTS_FOR_STATE", since, labels);
}

/**
 * The metrics of a fleet in the minutes before a time in seconds, as OpenMetrics text.
 * @param troubles one for every host
 * @param watched the queries that a collector watches besides
 */
export function fleet(
  troubles: readonly Trouble[],
  end: number,
  pastSeconds = PAST_SECONDS,
  watched?: Watched,
): string {
  const families = new Map<string, string[]>();
  const emitOf =
    (job: string, instance: string, time: number): Emit =>
    (metric, value, labels = {}) => {
      const all = Object.entries({ job, instance, ...labels });
      const text = all.map(([name, label]) => `${name}="${label}"`).join(",");
      let lines = families.get(metric);
      if (!lines) {
        lines = [`# TYPE ${metric} unknown`];
        families.set(metric, lines);
      }
      lines.push(`${metric}{${text}} ${value} ${time}`);
    };
  for (let time = end - pastSeconds; time <= end; time += STEP_SECONDS) {
    for (const [index, trouble] of troubles.entries())
      host(
        emitOf("collector", hostName(index), time),
        trouble,
        time,
        time - (end - TROUBLE_SECONDS),
      );
    if (watched)
      watching(emitOf("collector", WATCHING, time), watched, time, time - (end - TROUBLE_SECONDS));
    for (const instance of DETECTORS) detector(emitOf("detector", instance, time), time);
  }
  return `${[...families.values()].map((lines) => lines.join("\n")).join("\n")}\n# EOF\n`;
}
