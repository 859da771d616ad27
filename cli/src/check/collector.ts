import { type CollectorState, readCollector, type SourceState } from "../collector/state.ts";
import { reasonOf } from "../errors.ts";
import type { Endpoint } from "../http.ts";
import { formatDuration } from "../input/time.ts";
import { count, rate } from "../output/number.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

/** So many samples of each series may be without a verdict before anything is wrong. */
const BACKLOG_SAMPLES = 10;
/** The share of missed sampling times from which on it is a problem. */
const MISSED_SHARE = 0.01;
/** A source is late when its last sample is older than so many intervals, and than this. */
const LATE_INTERVALS = 3;
const LATE_MS = 15_000;

/** Whether a collector answers, and is well. */
export async function checkCollector(collector: Endpoint): Promise<Finding[]> {
  try {
    const state = await readCollector(collector);
    return [
      ok(`the collector at ${collector.url} answers: ${count(state.samples, "sample")} so far`),
      ...collectorFindings(state, Date.now()),
    ];
  } catch (error) {
    return [
      problem(
        `the collector can't be reached: ${reasonOf(error)}`,
        "check that it runs (docker compose ps collector), read why not (docker compose logs collector), or give its address with --collector",
      ),
    ];
  }
}

/** What follows from a collector's state. */
function collectorFindings(state: CollectorState, nowMs: number): Finding[] {
  return [
    detection(state),
    ...(state.isDetectorUp === false ? [] : [warmUp(state)]),
    ...setAside(state),
    backlog(state),
    missedTicks(state),
    ...state.sources.flatMap((source) => sourceFindings(source, nowMs)),
  ];
}

function detection({ isDetectorUp }: CollectorState): Finding {
  if (isDetectorUp) return ok("detection works: the last request to the detector succeeded");
  if (isDetectorUp === undefined) {
    return note("no samples were sent to the detector yet", "check again in a minute");
  }
  return problem(
    "detection fails: the collector's last request to the detector did not succeed",
    "check that the detector runs (docker compose ps detector) and that DETECTOR_ADDRESS names it; the collector's log has the reason. Samples are buffered until detection works again",
  );
}

function warmUp({ series }: CollectorState): Finding {
  const warming = series.filter(({ state }) => state === "warming_up");
  if (series.length === 0) {
    return note("the collector has no series yet", "check again in a minute");
  }
  if (warming.length > 0) {
    return note(
      `${warming.length} of ${series.length} series are warming up: they have no outliers until they are ready`,
      "wait: by default a series is ready after 100 samples",
    );
  }
  const active = series.filter(({ isActive }) => isActive).map(({ identity }) => identity);
  const now = active.length > 0 ? `; active now: ${active.join(", ")}` : "";
  return ok(`all ${series.length} series have verdicts${now}`);
}

const setAside = ({ setAside: refused }: CollectorState): Finding[] =>
  refused === 0
    ? []
    : [
        problem(
          `the detector refuses ${refused} series, which are unmonitored`,
          "the collector's log names each of them, and what to change; restart the collector then",
        ),
      ];

function backlog({ backlog: waiting, series }: CollectorState): Finding {
  if (waiting <= BACKLOG_SAMPLES * Math.max(1, series.length)) {
    return ok(`no backlog: ${count(waiting, "sample")} without a verdict`);
  }
  return problem(
    `detection backlog of ${count(waiting, "sample")}`,
    "the detector is unreachable or too slow: if the backlog does not shrink within a minute, look at collector_detect_duration_seconds and add a replica (docker compose up --detach --scale detector=2)",
  );
}

function missedTicks({ missedTicks: missed, dropped, samples, series }: CollectorState): Finding {
  if (dropped > 0) {
    return problem(
      `${count(dropped, "sample")} were dropped without a verdict`,
      "the detector was unreachable for longer than the collector buffers samples; new samples get verdicts again",
    );
  }
  if (missed === 0) return ok("no sampling time was missed");
  const share = missed / (missed + samples / Math.max(1, series.length));
  const text = `${count(missed, "sampling time")} passed without a sample (${rate(100 * share)} %)`;
  const todo =
    "the host is busy, or was suspended: give the collector more CPU, or raise SAMPLE_INTERVAL";
  return share > MISSED_SHARE ? problem(text, todo) : note(text, todo);
}

/** Whatever is wrong with a source. */
function sourceFindings(source: SourceState, nowMs: number): Finding[] {
  const { name, isRead, intervalSeconds, lastSampleMs, rejected } = source;
  const findings: Finding[] = [];
  if (!isRead) {
    findings.push(
      problem(
        `the collector can't read its source ${name}`,
        "the collector's log has the reason; in a container the host's /proc has to be mounted where HOST_PROC says",
      ),
    );
  } else if (intervalSeconds !== undefined && lastSampleMs !== undefined) {
    const ageMs = nowMs - lastSampleMs;
    if (ageMs > Math.max(LATE_INTERVALS * intervalSeconds * 1000, LATE_MS)) {
      findings.push(
        problem(
          `the last sample of the source ${name} is ${formatDuration(ageMs)} old: one is due every ${formatDuration(intervalSeconds * 1000)}`,
          "the collector's log has the reason; also check that the clocks of both hosts agree",
        ),
      );
    }
  }
  if (rejected > 0) {
    findings.push(
      note(
        `${count(rejected, "reading")} of the source ${name} were rejected because the value is not possible`,
        "counters of this host go backwards or jump, as with some virtual machines; if the number grows, the collector's log has examples",
      ),
    );
  }
  return findings;
}
