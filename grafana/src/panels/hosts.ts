import { MappingType, type ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { conditionSince } from "../alerts.ts";
import { showHostInRow, showPageInRow, showSeriesInRow } from "../links.ts";
import { byHost, collectorsUp, select } from "../promql.ts";
import { table, time } from "../table.ts";

const active = select("outliers_active");
const info = select("outliers_last_event_info");
const MOST = 50;
const noVerdicts = `${select("collector_detector_up")} == 0`;

// One number per host that sorts the worst first. States that hide outliers come before outliers.
const states: { value: number; text: string; color: string; hosts: string; why?: string }[] = [
  {
    value: 3000,
    text: "silent",
    color: "red",
    hosts: `${collectorsUp.now} == 0`,
    why: "the collector can't be scraped",
  },
  {
    value: 2000,
    text: "a source fails",
    color: "red",
    hosts: `${select("collector_sample_success")} == 0`,
    why: "the collector fails to read it",
  },
  {
    value: 1000,
    text: "no verdicts",
    color: "red",
    hosts: noVerdicts,
    why: "detection failed",
  },
  {
    value: 0.5,
    text: "warming up",
    color: "blue",
    hosts: `${select("outliers_state", 'state="warming_up"')} == 1`,
  },
  { value: 0, text: "normal", color: "green", hosts: collectorsUp.now },
];
const stateOf = states.map(({ value, hosts }) => `${value} * group by (job, instance) (${hosts})`);
const outliers = `sum by (job, instance) (${active}) > 0`;
const state = `topk(${MOST}, ${[...stateOf.slice(0, 3), outliers, ...stateOf.slice(3)].join(" or ")})`;

const mappings: ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries([
      ...states.map(({ value, text, color }) => [String(value), { text, color }]),
      ["1", { text: "1 outlier", color: "orange" }],
    ]),
  },
  { type: MappingType.RangeToText, options: { from: 2, to: 999, result: { color: "orange" } } },
];

/** The series of each host that is first by an order, with direction and reason of its last outlier. */
const firstBy = (order: string) =>
  `topk by (job, instance) (1, max by (job, instance, series, direction, reason) (${info} * ignoring (direction, reason) group_left () (${order})))`;

const furthest = firstBy(`${select("outliers_last_outlier_score")} and ${active} == 1`);
const latest = firstBy(`${select("outliers_last_outlier_timestamp_seconds")} > 0`);

/**
 * The series that represents its host: of those that are outliers now, the one furthest from what is
 * expected; otherwise the one with the most recent outlier.
 */
const worst = `${furthest} or on (job, instance) ${latest}`;

const ofWorst = (metric: string) =>
  `max by (job, instance, series) (${select(metric)}) and on (job, instance, series) (${worst})`;

/** For a host as a whole; in a link, Grafana reads this value as all series. */
const ofAllSeries = (hosts: string, reason: string) =>
  `label_replace(label_replace(group by (job, instance) (${hosts}), "series", "All", "", ""), "reason", "${reason}", "", "")`;

const why = [
  ...states.flatMap(({ hosts, why }) => (why === undefined ? [] : ofAllSeries(hosts, why))),
  furthest,
  `label_replace(${latest}, "reason", "ended: $1", "reason", "(.*)")`,
  ofAllSeries(collectorsUp.now, ""),
].join(" or on (job, instance) ");

// Earlier outliers of a host without verdicts don't describe the present.
const since = [
  byHost(conditionSince("HostSilent")),
  `${byHost(conditionSince("DetectionsFailing"))} and on (job, instance) ${noVerdicts}`,
  `(1000 * min by (job, instance) (${select("outliers_active_since_timestamp_seconds")}) or 1000 * ${byHost(`${select("outliers_last_outlier_timestamp_seconds")} > 0`)}) unless on (job, instance) ${noVerdicts}`,
].join(" or ");

// Without PAGE_URL, it is where Prometheus scrapes the collector, if `instance` still says that.
const page = `group by (job, instance, url) (${select("collector_page_info")}) or on (job, instance) label_replace(group by (job, instance) (${active}), "url", "http://$1/", "instance", "(.+:[0-9]+)")`;

/** Every host, the worst first. */
export const hosts = () =>
  table(
    {
      title: "Hosts, worst first",
      description:
        "The current state of each host, since when it has been in it, and why. The series, value and reason are those of the outlier furthest from what is expected; on a host that is back to normal, those of its last outlier. Click a host to open its charts or its live page.",
      unit: "short",
    },
    [
      state,
      since,
      why,
      ofWorst("outliers_last_outlier_value"),
      ofWorst("outliers_last_outlier_expected"),
      page,
    ],
    [
      {
        from: "instance",
        title: "Host",
        width: 245,
        properties: [{ id: "links", value: [showHostInRow, showPageInRow] }],
      },
      {
        from: "Value #A",
        title: "State",
        width: 105,
        properties: [
          { id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
          { id: "custom.align", value: "center" },
          { id: "unit", value: "suffix: outliers" },
          { id: "decimals", value: 0 },
          { id: "mappings", value: mappings },
        ],
      },
      { from: "Value #B", title: "Since", width: 145, properties: [time] },
      {
        from: "series",
        title: "Series",
        width: 165,
        properties: [{ id: "links", value: [showSeriesInRow] }],
      },
      { from: "Value #D", title: "Value", width: 60, properties: [{ id: "decimals", value: 1 }] },
      {
        from: "Value #E",
        title: "Expected",
        width: 85,
        properties: [{ id: "decimals", value: 1 }],
      },
      { from: "reason", title: "Why" },
      { from: "url", title: "Page", hidden: true },
      { from: "direction", title: "Direction", hidden: true },
    ],
    [
      { by: "State", descending: true },
      { by: "Since", descending: true },
    ],
  )
    .withTransformation({
      id: "filterByValue",
      options: {
        type: "include",
        match: "all",
        filters: [{ fieldName: "State", config: { id: "isNotNull", options: {} } }],
      },
    })
    .noValue("No host found. Does Prometheus scrape a collector?");
