import { select } from "./promql.ts";

/** Only the alerts of prometheus/rules, not others for the same jobs. */
const ours =
  'alertname=~"Host(Outlier|OutlierIncident|Silent)|Detect(orDown|ionsFailing|ionBacklogGrowing)|SeriesSetAside|Query(Outlier|SeriesAbsent|Failing)"';

/** Our firing alerts, each with the value 1. */
export const alertsFiring = select("ALERTS", 'alertstate="firing"', ours);

/** Since when the condition of each has held, in milliseconds. */
export const alertsFiringSince = `1000 * ${select("ALERTS_FOR_STATE", ours)} and ignoring (alertstate) ${alertsFiring}`;

/** Since when the condition of an alert has held, firing or not, in milliseconds. */
export const conditionSince = (alert: string): string =>
  `1000 * ${select("ALERTS_FOR_STATE", `alertname="${alert}"`)}`;

/** The hosts that were silent long enough to alert in the time range. */
export const silentInRange = `count_over_time(${select("ALERTS", 'alertname="HostSilent"', 'alertstate="firing"')}[$__range] @ end())`;
