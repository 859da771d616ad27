import { select } from "./promql.ts";

/** The alerts of prometheus/rules, and none that others have for the same jobs. */
const ours =
  'alertname=~"Host(Outlier|OutlierIncident|Silent)|Detect(orDown|ionsFailing|ionBacklogGrowing)|SeriesSetAside"';

/** Our alerts that fire, 1 each. */
export const alertsFiring = select("ALERTS", 'alertstate="firing"', ours);

/** Since when each of them has held, in milliseconds: Prometheus keeps it for its own restarts. */
export const alertsFiringSince = `1000 * ${select("ALERTS_FOR_STATE", ours)} and ignoring (alertstate) ${alertsFiring}`;

/** Since when the condition of an alert holds, whether it fires yet or not, in milliseconds. */
export const conditionSince = (alert: string): string =>
  `1000 * ${select("ALERTS_FOR_STATE", `alertname="${alert}"`)}`;

/** The hosts that were silent in the time range for long enough to alert. */
export const silentInRange = `count_over_time(${select("ALERTS", 'alertname="HostSilent"', 'alertstate="firing"')}[$__range] @ end())`;
