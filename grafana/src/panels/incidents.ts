import { MappingType, SpecialValueMatch } from "@grafana/grafana-foundation-sdk/dashboard";
import { silentInRange } from "../alerts.ts";
import { showLabelledHost } from "../links.ts";
import { range, stateTimeline } from "../panel.ts";
import { byHost, collectorsUp, select } from "../promql.ts";

const LANES = 10;
const SILENT_LANES = 5;

// From a recording rule, which needs a fifth of the samples that the series themselves would.
const outliers = select("instance:outliers_active:sum");
const inRange = `topk(${LANES}, sum_over_time(${outliers}[$__range] @ end()) > 0)`;

// The maximum of each step: in a wide time range most outliers are between two steps.
const lanes = `max_over_time(${outliers}[$__rate_interval]) and on (job, instance) ${inRange}`;
const silentHosts = `(topk(${SILENT_LANES}, ${silentInRange}) or ${collectorsUp.atEnd} == 0)`;
const silent = `(${collectorsUp.lowest} - 1) and on (job, instance) ${silentHosts}`;

/** One lane per host on which something happened. */
export const incidents = () =>
  stateTimeline({
    title: "Incidents",
    description:
      "One lane for each host that had outliers in the time range or was silent, coloured by how many of its series were outliers at once. Click a lane to show only that host.",
    unit: "none",
  })
    .mappings([
      // Before a host was known. The panel's own text is for a time range without lanes.
      {
        type: MappingType.SpecialValue,
        options: {
          match: SpecialValueMatch.Null,
          result: { text: "unknown", color: "transparent", index: 5 },
        },
      },
      {
        type: MappingType.ValueToText,
        options: {
          "-1": { text: "silent", color: "purple", index: 0 },
          "0": { text: "normal", color: "transparent", index: 1 },
          "1": { text: "1 outlier", color: "yellow", index: 2 },
        },
      },
      {
        type: MappingType.RangeToText,
        options: { from: 2, to: 3, result: { text: "2–3 outliers", color: "orange", index: 3 } },
      },
      {
        type: MappingType.RangeToText,
        options: {
          from: 4,
          to: null,
          result: { text: "4 or more outliers", color: "red", index: 4 },
        },
      },
    ])
    .noValue("No outliers in this time range")
    .withTarget(range("A", `${byHost(lanes)} or ${byHost(silent)}`, "{{instance}}"))
    .overrideByQuery("A", [{ id: "links", value: [showLabelledHost] }]);
