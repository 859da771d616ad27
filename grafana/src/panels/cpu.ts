import { bandedSeries, flaggedSeries, marks } from "./series.ts";

/** The host's CPU, whatever series are chosen. */
export const cpu = () => [
  bandedSeries(
    {
      title: "CPU utilisation",
      description:
        "Share of the time that all cores together were busy; waiting for I/O and time stolen by the hypervisor are not busy.",
      unit: "percent",
    },
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
