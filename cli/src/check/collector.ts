import { type CollectorState, readCollector } from "../collector/state.ts";
import { reasonOf } from "../errors.ts";
import { count, rate } from "../output/number.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

/** So many samples of each series may wait without anything being wrong. */
const BACKLOG_SAMPLES = 10;
/** The share of missed sampling times from which on it is no hiccup. */
const MISSED_SHARE = 0.01;

/** Whether a collector answers, and is well. */
export async function checkCollector(url: string): Promise<Finding[]> {
  try {
    const state = await readCollector(url);
    return [
      ok(`the collector at ${url} answers: ${count(state.samples, "sample")} so far`),
      ...collectorFindings(state),
    ];
  } catch (error) {
    return [
      problem(
        `the collector can't be asked: ${reasonOf(error)}`,
        "see whether it runs (docker compose ps collector) and why not (docker compose logs collector), or name its address with --collector",
      ),
    ];
  }
}

/** What a collector's state tells. */
function collectorFindings(state: CollectorState): Finding[] {
  return [
    detection(state),
    ...(state.isDetectorUp === false ? [] : [warmUp(state)]),
    backlog(state),
    missedTicks(state),
    ...state.failedSources.map((source) =>
      problem(
        `the collector can't read its source ${source}`,
        "its log says why; in a container the host's /proc has to be mounted where HOST_PROC says",
      ),
    ),
  ];
}

function detection({ isDetectorUp }: CollectorState): Finding {
  if (isDetectorUp) return ok("detection works: the last request to the detector succeeded");
  if (isDetectorUp === undefined) {
    return note("nothing was sent for detection yet", "check again in a minute");
  }
  return problem(
    "detection fails: the last request of the collector to the detector did not succeed",
    "see whether the detector runs (docker compose ps detector) and whether DETECTOR_ADDRESS names it; the collector's log says what went wrong. Samples are kept, and judged when it is back",
  );
}

function warmUp({ series }: CollectorState): Finding {
  const warming = series.filter(({ state }) => state === "warming_up");
  if (series.length === 0) {
    return note("the collector has no series yet", "check again in a minute");
  }
  if (warming.length === 0) {
    const active = series.filter(({ isActive }) => isActive).map(({ name }) => name);
    const now = active.length > 0 ? `; flagged right now: ${active.join(", ")}` : "";
    return ok(`${count(series.length, "series").replace(/s$/, "")} judged${now}`);
  }
  return note(
    `${warming.length} of ${series.length} series are warming up: nothing is flagged until then`,
    "wait: the adaptive method needs 100 samples, sigma and mad need MIN_SAMPLES",
  );
}

function backlog({ backlog: waiting, series }: CollectorState): Finding {
  if (waiting <= BACKLOG_SAMPLES * Math.max(1, series.length)) {
    return ok(`no backlog: ${count(waiting, "sample")} without a verdict`);
  }
  return problem(
    `${count(waiting, "sample")} wait for their verdict`,
    "the detector is away, or slower than the samples come: if this does not fall within a minute, look at collector_detect_duration_seconds and add a replica (docker compose up --detach --scale detector=2)",
  );
}

function missedTicks({ missedTicks: missed, dropped, samples, series }: CollectorState): Finding {
  if (dropped > 0) {
    return problem(
      `${count(dropped, "sample")} were given up without a verdict`,
      "the detector was away for longer than the collector keeps samples; they are lost, what comes is judged",
    );
  }
  if (missed === 0) return ok("no sampling time was missed");
  const share = missed / (missed + samples / Math.max(1, series.length));
  const text = `${count(missed, "sampling time")} passed without a sample (${rate(100 * share)} %)`;
  const todo =
    "the host is busy, or asleep at times: give the collector more CPU, or raise SAMPLE_INTERVAL";
  return share > MISSED_SHARE ? problem(text, todo) : note(text, todo);
}
