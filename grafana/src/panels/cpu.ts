import { flaggedSeries } from "../panel.ts";

const marks =
  "Dashed lines bound what is expected. Red points mark flags. Prometheus sees every fifth sample of the collector's one a second, so a point stands at the first value scraped after the flag, which can be back to normal by then.";

/** The host's CPU, whatever series are chosen. */
export const cpu = () => [
  flaggedSeries(
    {
      title: "CPU utilisation",
      description: `Share of the time that all cores together were busy; waiting for I/O and time stolen by the hypervisor are not busy. ${marks}`,
      unit: "percent",
    },
    "{{instance}}",
    'series="cpu_utilization_percent"',
  ).span(24),
  flaggedSeries(
    {
      title: "CPU by mode",
      description: `Share of the time that all cores together spent in each mode; guests count as user. ${marks}`,
      unit: "percent",
    },
    "{{instance}} {{series}}",
    'series=~"cpu_(user|system|iowait|steal)_percent"',
  ).span(24),
];

/** A panel for each chosen series, those of sources that are yet to come too. */
export const eachSeries = () => [
  flaggedSeries(
    {
      title: "$series",
      description: `Values of this series on each chosen host. ${marks}`,
      unit: "short",
    },
    "{{instance}} {{series}}",
    'series=~"$series"',
  )
    .span(8)
    .repeat("series")
    .repeatDirection("h")
    .maxPerRow(3)
    .overrideByRegexp("/_percent( flagged| lower| upper)?$/", [{ id: "unit", value: "percent" }]),
];
