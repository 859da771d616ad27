import { select } from "./promql.ts";

/** The alerts of prometheus/rules, and none that others have for the same jobs. */
const ours =
  'alertname=~"Host(Outlier|OutlierIncident|Silent)|Detect(orDown|ionsFailing|ionBacklogGrowing)"';

/** Our alerts that fire, 1 each. */
export const alertsFiring = select("ALERTS", 'alertstate="firing"', ours);

/** Since when each of them has held, in milliseconds: Prometheus keeps it for its own restarts. */
export const alertsFiringSince = `1000 * ${select("ALERTS_FOR_STATE", ours)} and ignoring (alertstate) ${alertsFiring}`;

/** Since when each host that is silent has been so, in milliseconds. */
export const silentSince = `1000 * ${select("ALERTS_FOR_STATE", 'alertname="HostSilent"')}`;

/** The hosts that were silent in the time range for long enough to alert. */
export const silentInRange = `count_over_time(${select("ALERTS", 'alertname="HostSilent"', 'alertstate="firing"')}[$__range] @ end())`;
